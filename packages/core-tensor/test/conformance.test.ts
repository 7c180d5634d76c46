import { describeConformance, references } from '@longspan/tooling/conformance';

// Attention's reference is tested in attention-sparse, which has the masks.
describeConformance(references(['cpu', 'wasm']), { longest: 60, isTested: (contract) => contract !== 'BlockSparseAttention' });
