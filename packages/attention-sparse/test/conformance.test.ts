import { describeConformance, references } from '@longspan/tooling/conformance';
import { isTried, isWhole } from '@longspan/tooling/expect';

const isTested = (contract: string): boolean => contract === 'BlockSparseAttention';

/** Calls that take seconds on cpu. */
const slow = ['block size 64', 'a sink of grouped-query heads over several blocks'];
/** The reference is one and the same: each call is tried on one of the two, or on our kernels alone, and in `.ci/full` on both. */
const isForCpu = (label: string): boolean => isWhole || (!slow.includes(label) && isTried(label, 3, 0));

// The reference's cost is by the block, and blocks may be of one token.
describeConformance(references(['cpu']), { longest: 16, isTested, isTried: isForCpu });
describeConformance(references(['wasm']), { longest: 45, isTested, isTried: (label) => isTried(label, 3, 1) });
