import { describeConformance, references } from '@longspan/tooling/conformance';

const isTested = (contract: string): boolean => contract === 'BlockSparseAttention';

// The reference's cost is by the block, and blocks may be of one token.
describeConformance(references(['cpu']), { longest: 16, isTested });
describeConformance(references(['wasm']), { longest: 45, isTested });
