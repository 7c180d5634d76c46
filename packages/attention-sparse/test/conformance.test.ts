import { describeConformance, references } from '@longspan/tooling/conformance';
import { effort } from '@longspan/tooling/expect';

const isTested = (contract: string): boolean => contract === 'BlockSparseAttention';

/** Calls that take seconds on cpu, and that wasm takes in any case. */
const slow = ['block size 64', 'a sink of grouped-query heads over several blocks'];
const isTried = (label: string): boolean => effort(0, 1) === 1 || !slow.includes(label);

// The reference's cost is by the block, and blocks may be of one token.
describeConformance(references(['cpu']), { longest: 16, isTested, isTried });
describeConformance(references(['wasm']), { longest: 45, isTested });
