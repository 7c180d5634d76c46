import type { CheckLine } from '../src/experiments/measure/check/check.ts';
import type { BookFigures } from '../src/experiments/measure/input.ts';
import { sweepBudget } from '../src/experiments/measure/sweep/budget.ts';
import { type Sample, turnName, turnsOf } from '../src/experiments/measure/sweep/turns.ts';
import type { TrainFigures } from '../src/experiments/measure/train/train.ts';
import type { Machine } from '../src/figures/hardware.ts';
import type { Outcome } from '../src/run/experiment.ts';
import type { Run } from '../src/run/results.ts';

export const someMachine: Machine = {
  cpu: 'A CPU',
  cores: 2,
  memoryBytes: 24e9,
  system: 'linux 6 x64',
  node: 'v20.20.0',
  tfjs: { 'tfjs-core': '4.22.0' },
  commit: 'unknown',
  dirty: true,
  load: 0.2,
};

const someText: NonNullable<Run['text']> = {
  name: 'Moby-Dick',
  bytes: 1_220_000,
  pieces: 139,
  pieceName: 'chapters',
  heldOutPieces: 14,
  heldOutBytes: 121_000,
  sha256: 'ab'.repeat(32),
};

const done = (contender: Sample['contender'], n: number, seconds: number): Sample['ending'] => ({
  kind: 'done',
  result: {
    kind: 'sweep',
    seconds,
    runs: 1,
    firstSeconds: seconds,
    peakBytes: contender === 'dense' ? 52 * n * n : 9000 * n,
    heapBytes: 0,
    visitedFraction: Math.min(1, 320 / n),
    kernel: 'reference',
    error: 1e-7,
  },
});

/** How each turn of three rounds ended: dense goes over its budget at 4,096 tokens, and fails at 2,048 with the backward pass. */
function endingOf({ contender, pass, n, round }: Omit<Sample, 'ending' | 'wallSeconds'>): Sample['ending'] | undefined {
  if (contender === 'control') return done(contender, n, 0.151 + 0.003 * round);
  if (pass === 'forward' && contender === 'window') return n > 8192 ? undefined : done(contender, n, (n / 1024) * (0.15 + 0.004 * round));
  if (pass === 'forward' && n <= 2048) return done(contender, n, (n / 1024) ** 2 * (0.6 + 0.01 * round));
  if (pass === 'forward' && n === 4096 && round === 0) return { kind: 'over', budgetSeconds: 6 };
  if (pass === 'forward' && n === 8192 && round === 0) return { kind: 'not tried', because: '4,096 tokens already went over the budget' };
  if (pass === 'forward') return undefined;
  if (contender === 'window') return n > 2048 ? undefined : done(contender, n, (n / 1024) * 0.6);
  if (n === 1024) return done(contender, n, 3);
  return n === 2048 && round === 0 ? { kind: 'failed', error: 'RuntimeError: memory access out of bounds' } : undefined;
}

export const sweepOutcomes: readonly Outcome<BookFigures>[] = turnsOf(sweepBudget({ backend: 'wasm', isQuick: false })).flatMap((turn) => {
  const ending = endingOf(turn);
  return ending === undefined ? [] : [{ point: turnName(turn), wallSeconds: 1, ending }];
});

export const someLine: CheckLine = {
  package: 'attention-sparse',
  mechanism: 'slidingWindow({ left: 70, right: 0 }).and(causal())',
  against: 'denseAttention',
  parts: [
    { name: 'forward', error: 3.1e-7, share: 0.003, tolerance: { atol: 2e-5, rtol: 2e-5 } },
    { name: 'backward', error: 2.2e-6, share: 0.02, tolerance: { atol: 1e-4, rtol: 1e-4 } },
  ],
};

export const checksOutcome = (...lines: readonly CheckLine[]): Outcome<BookFigures> => ({
  point: 'checks',
  wallSeconds: 20,
  ending: { kind: 'done', result: { kind: 'check', lines } },
});

const training: TrainFigures = {
  kind: 'train',
  baselines: { unigram: 4.46, bigram: 3.52, gzip: 3.24 },
  model: '2 blocks of width 128',
  parameters: 460_000,
  steps: 340,
  stepsChosenBy: 'the clock',
  bytesPerStep: 2048,
  trainingSeconds: 50.2,
  curve: Array.from({ length: 60 }, (_, index) => ({
    step: index * 5 + 1,
    seconds: index * 0.84,
    bits: 3 + 5 * Math.exp(-index / 8),
  })),
  heldOutBits: 3.05,
  scoredBytes: 65_536,
  sample: { prompt: 'It was the whale,\n', text: 'and the ```sea``` <b> was & said', temperature: 0.8 },
  kernel: 'reference (reference)',
};

export const trainOutcome: Outcome<BookFigures> = { point: 'train', wallSeconds: 60, ending: { kind: 'done', result: training } };

/** A whole run of `measure` with these outcomes. */
export const someRun = (
  outcomes: readonly Outcome<BookFigures>[] = [checksOutcome(someLine), ...sweepOutcomes, trainOutcome],
): Run & { outcomes: Outcome<BookFigures>[] } => ({
  version: 2,
  experiment: 'measure',
  started: '2026-11-21T10:00:00.000Z',
  seconds: 171.4,
  options: { seed: 0, full: false, flags: {} },
  source: '0011223344556677',
  machine: someMachine,
  text: someText,
  outcomes: [...outcomes],
});
