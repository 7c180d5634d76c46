import { describeConformance, references } from '@longspan/tooling/conformance';
import { isTried, isWhole } from '@longspan/tooling/expect';

const isTested = (contract: string): boolean => contract === 'BlockSparseAttention';

/** Calls that take seconds on cpu, and that wasm takes in any case. */
const slow = ['block size 64', 'a sink of grouped-query heads over several blocks'];
/** On cpu the reference is the one that wasm tries with every call: there every other one will do, and in `.ci/full` all. */
const isCalled = (label: string): boolean => isWhole || (!slow.includes(label) && isTried(label));

// The reference's cost is by the block, and blocks may be of one token.
describeConformance(references(['cpu']), { longest: 16, isTested, isTried: isCalled });
describeConformance(references(['wasm']), { longest: 45, isTested });
