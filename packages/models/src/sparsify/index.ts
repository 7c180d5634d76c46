export type { LayerChoice, SparsifyReport } from './report.ts';
export type { SampleText } from './sample.ts';
export { type DenseModel, type Sparsified, type SparsifyOptions, type SparsifyProgress, sparsify } from './sparsify.ts';
