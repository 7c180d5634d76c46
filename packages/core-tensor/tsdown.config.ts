import { library } from '../../tooling/tsdown/library.ts';

export default library({ index: 'src/index.ts', error: 'src/error/index.ts', key: 'src/key/index.ts', layers: 'src/layers/index.ts' });
