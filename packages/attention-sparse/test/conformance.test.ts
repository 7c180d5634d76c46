import { describeConformance, references } from '@longspan/tooling/conformance';
import { effort } from '@longspan/tooling/expect';

const isTested = (contract: string): boolean => contract === 'BlockSparseAttention';

/** Calls that take seconds on cpu, and that wasm takes in any case. */
const slow = ['block size 64', 'a sink of grouped-query heads over several blocks'];
/** On cpu the reference is the one that wasm tries with every call: there every other one will do, and in `.ci/full` all. */
const isTried = (label: string): boolean =>
  effort(0, 1) === 1 || (!slow.includes(label) && Array.from(label).reduce((sum, sign) => sum + sign.charCodeAt(0), 0) % 2 === 0);

// The reference's cost is by the block, and blocks may be of one token.
describeConformance(references(['cpu']), { longest: 16, isTested, isTried });
describeConformance(references(['wasm']), { longest: 45, isTested });
