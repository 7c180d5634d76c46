import { createKey } from '@longspan/core-tensor/key';
import type { Results } from '../src/experiments/book/results.ts';
import type { Sample } from '../src/experiments/book/sweep/sweep.ts';
import { summarise } from '../src/experiments/book/sweep/sweep-summary.ts';
import { randomStream } from '../src/figures/random-stream.ts';

const point = (contender: Sample['contender'], pass: Sample['pass'], n: number, round: number, seconds: number): Sample => ({
  contender,
  pass,
  n,
  round,
  wallSeconds: seconds + 1,
  outcome: {
    kind: 'done',
    result: {
      seconds,
      runs: 1,
      firstSeconds: seconds,
      peakBytes: contender === 'dense' ? 52 * n * n : 9000 * n,
      heapBytes: 0,
      visitedShare: Math.min(1, 320 / n),
      kernel: 'reference',
      error: 1e-7,
    },
  },
});

/** A sweep of three rounds in which dense goes over its budget at 4,096 tokens. */
const someSamples: readonly Sample[] = [0, 1, 2].flatMap((round) => [
  ...[1024, 2048].map((n) => point('dense', 'forward', n, round, (n / 1024) ** 2 * (0.6 + 0.01 * round))),
  ...[1024, 2048, 4096, 8192].map((n) => point('window', 'forward', n, round, (n / 1024) * (0.15 + 0.004 * round))),
  point('window again', 'forward', 1024, round, 0.151 + 0.003 * round),
  ...[1024].map((n) => point('dense', 'forward+backward', n, round, 3)),
  ...[1024, 2048].map((n) => point('window', 'forward+backward', n, round, (n / 1024) * 0.6)),
  ...(round === 0
    ? ([
        { contender: 'dense', pass: 'forward', n: 4096, round, wallSeconds: 7, outcome: { kind: 'over', budgetSeconds: 6 } },
        {
          contender: 'dense',
          pass: 'forward',
          n: 8192,
          round,
          wallSeconds: 0,
          outcome: { kind: 'not tried', because: '4,096 tokens already went over the budget' },
        },
        {
          contender: 'dense',
          pass: 'forward+backward',
          n: 2048,
          round,
          wallSeconds: 2,
          outcome: { kind: 'failed', error: 'RuntimeError: memory access out of bounds' },
        },
      ] as const)
    : []),
]);

/** Results as a run would have them; `change` makes them partial or otherwise special. */
export function someResults(change: Partial<Results> = {}): Results {
  return {
    version: 1,
    status: 'complete',
    missing: [],
    started: '2026-11-21T10:00:00.000Z',
    updated: '2026-11-21T10:03:00.000Z',
    seconds: 171.4,
    options: { text: 'Moby-Dick', only: ['checks', 'sweep', 'train'], backend: 'wasm', seed: 0, quick: false },
    source: '0011223344556677',
    machine: {
      cpu: 'A CPU',
      cores: 2,
      memoryBytes: 24e9,
      system: 'linux 6 x64',
      node: 'v20.20.0',
      tfjs: { 'tfjs-core': '4.22.0' },
      commit: 'unknown',
      dirty: true,
      load: 0.2,
    },
    text: {
      name: 'Moby-Dick',
      bytes: 1_220_000,
      pieces: 139,
      pieceName: 'chapters',
      heldOutPieces: 14,
      heldOutBytes: 121_000,
      sha256: 'ab'.repeat(32),
    },
    headline: ['Dense takes 2.4 s, Longspan 0.3 s.', 'Less <memory> & "more".'],
    checks: [
      {
        package: 'attention-sparse',
        mechanism: 'slidingWindow({ left: 70, right: 0 }).and(causal())',
        against: 'denseAttention',
        parts: [
          { name: 'forward', error: 3.1e-7, share: 0.003, tolerance: { atol: 2e-5, rtol: 2e-5 } },
          { name: 'backward', error: 2.2e-6, share: 0.02, tolerance: { atol: 1e-4, rtol: 1e-4 } },
        ],
      },
    ],
    sweep: { finished: true, samples: someSamples, summary: summarise(someSamples, randomStream(createKey(0))) },
    train: {
      kind: 'done',
      baselines: { unigram: 4.46, bigram: 3.52, gzip: 3.24 },
      figures: {
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
      },
    },
    ...change,
  };
}
