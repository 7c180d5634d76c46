import type { UserConfig } from 'tsdown';
import { library } from '../../tooling/tsdown/library.ts';

const config: UserConfig = library({ index: 'src/index.ts', 'files/node': 'src/files/node.ts', 'files/page': 'src/files/page.ts' });

export default config;
