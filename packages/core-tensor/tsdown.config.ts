import type { UserConfig } from 'tsdown';
import { library } from '../../tooling/tsdown/library.ts';

const config: UserConfig = library({
  index: 'src/index.ts',
  error: 'src/error/index.ts',
  key: 'src/key/index.ts',
  kernel: 'src/kernel/index.ts',
  layer: 'src/layer/index.ts',
  layout: 'src/layout/index.ts',
  memo: 'src/memo/index.ts',
  'tfjs-layers': 'src/tfjs-layers/index.ts',
});

export default config;
