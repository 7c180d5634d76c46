import type { UserConfig } from 'tsdown';
import { compactPrograms } from '../../tooling/tsdown/compact-programs.ts';
import { library } from '../../tooling/tsdown/library.ts';

const config: UserConfig = { ...library({ index: 'src/index.ts' }), plugins: [compactPrograms] };

export default config;
