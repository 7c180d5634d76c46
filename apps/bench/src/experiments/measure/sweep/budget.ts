import type { Method, Pass } from '../../../attention/method.ts';
import type { BackendName } from '../../../process/backend-name.ts';

/** Who is measured. `control` is Longspan against itself (A/A): what differs there is this machine's noise. */
export const contenders = ['dense', 'window', 'control'] as const;
export type Contender = (typeof contenders)[number];

/** All that decides how long a sweep takes, in one place. */
export interface SweepBudget {
  readonly lengths: readonly number[];
  readonly heads: number;
  readonly headDim: number;
  /** Tokens to the left that a query attends to besides itself. */
  readonly left: number;
  readonly rounds: number;
  /** Seconds that one run of a point may take before it is stopped and named. */
  readonly seconds: Readonly<Record<Method, Readonly<Record<Pass, number>>>>;
  /** A run above this is not repeated within its process. */
  readonly repeatUnderSeconds: number;
  /** A process above this is not run again in later rounds; those of the headline are. */
  readonly onceOverSeconds: number;
  /** Seconds for the first round, in which every point has its turn; the later rounds get what is left. */
  readonly firstRoundSeconds: number;
  /** Seconds for all processes of the sweep together; what no longer fits is named. */
  readonly totalSeconds: number;
  /** Both are measured here first, for the first lines of the output. */
  readonly headlineLength: number;
  /** Where Longspan is measured against itself. */
  readonly controlLength: number;
}

const common = { heads: 4, headDim: 64, left: 256, rounds: 3 } as const;

const full: SweepBudget = {
  ...common,
  lengths: [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536],
  seconds: { dense: { forward: 5, 'forward+backward': 5 }, window: { forward: 20, 'forward+backward': 20 } },
  repeatUnderSeconds: 0.4,
  onceOverSeconds: 2.5,
  firstRoundSeconds: 76,
  totalSeconds: 92,
  headlineLength: 2048,
  controlLength: 1024,
};

const quick: SweepBudget = {
  ...common,
  left: 64,
  lengths: [256, 512],
  rounds: 1,
  seconds: { dense: { forward: 2, 'forward+backward': 1 }, window: { forward: 4, 'forward+backward': 4 } },
  repeatUnderSeconds: 0.1,
  onceOverSeconds: 1,
  firstRoundSeconds: 20,
  totalSeconds: 20,
  headlineLength: 512,
  controlLength: 256,
};

/** The budget of a run; stock tfjs on the plain JavaScript backend is slower still, so there the headline is taken shorter. */
export function sweepBudget({ backend, isQuick }: { readonly backend: BackendName; readonly isQuick: boolean }): SweepBudget {
  if (isQuick) return quick;
  return backend === 'cpu' ? { ...full, headlineLength: 1024 } : full;
}
