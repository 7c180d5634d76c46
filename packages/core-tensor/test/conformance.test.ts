import { describeConformance, references } from '@longspan/tooling/conformance';
import { isTried, isWhole } from '@longspan/tooling/expect';

// Attention's reference is tested in attention-sparse, which has the masks.
const isTested = (contract: string): boolean => contract !== 'BlockSparseAttention';

// The reference is one and the same: each call is tried on one of the two, and in `.ci/full` on both.
describeConformance(references(['cpu']), { longest: 60, isTested, isTried });
describeConformance(references(['wasm']), { longest: 60, isTested, isTried: (label) => isWhole || !isTried(label) });
