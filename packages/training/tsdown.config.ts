import type { UserConfig } from 'tsdown';
import { library } from '../../tooling/tsdown/library.ts';

const config: UserConfig = library({ index: 'src/index.ts' });

export default config;
