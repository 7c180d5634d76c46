import { describeConformance, references } from '@longspan/tooling/conformance';

// The reference's cost is by the block, and blocks may be of one token.
describeConformance(references(['cpu']), { longest: 16, contracts: ['BlockSparseAttention'] });
describeConformance(references(['wasm']), { longest: 45, contracts: ['BlockSparseAttention'] });
