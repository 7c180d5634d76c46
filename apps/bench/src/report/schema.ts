import { z } from 'zod';
import { passes } from '../attention/method.ts';
import { caseNames, type Results } from '../experiments/book/results.ts';
import { contenders } from '../experiments/book/sweep/sweep-budget.ts';
import type { Machine } from '../figures/hardware.ts';
import { backendNames } from '../process/backend-name.ts';

const estimate = z.object({ median: z.number(), low: z.number(), high: z.number(), rounds: z.number() });
const ratio = z.object({ ratio: z.number(), low: z.number(), high: z.number(), rounds: z.number() });
const growth = z.object({ exponent: z.number(), low: z.number(), high: z.number(), from: z.number(), to: z.number() });
const pass = z.enum(passes);
const contender = z.enum(contenders);

const checkLine = z.object({
  package: z.string(),
  mechanism: z.string(),
  against: z.string(),
  parts: z.array(
    z.object({
      name: z.enum(['forward', 'backward']),
      error: z.number(),
      share: z.number(),
      tolerance: z.object({ atol: z.number(), rtol: z.number() }),
    }),
  ),
  failure: z.string().exactOptional(),
});

const figures = z.object({
  seconds: z.number(),
  runs: z.number(),
  firstSeconds: z.number(),
  peakBytes: z.number(),
  heapBytes: z.number(),
  visitedShare: z.number(),
  kernel: z.string(),
  error: z.number(),
});

const outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), result: figures }),
  z.object({ kind: z.literal('over'), budgetSeconds: z.number() }),
  z.object({ kind: z.literal('failed'), error: z.string() }),
  z.object({ kind: z.literal('not tried'), because: z.string() }),
]);

const sample = z.object({ contender, pass, n: z.number(), round: z.number(), wallSeconds: z.number(), outcome });

const cell = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('done'),
    seconds: estimate,
    peakBytes: estimate,
    heapBytes: z.number(),
    visitedShare: z.number(),
    kernel: z.string(),
  }),
  z.object({ kind: z.literal('none'), why: z.string() }),
]);

const summary = z.object({
  rows: z.array(
    z.object({
      n: z.number(),
      pass,
      dense: cell,
      window: cell,
      timeRatio: ratio.exactOptional(),
      verdict: z.enum(['faster', 'slower', 'tie', 'undecided']).exactOptional(),
    }),
  ),
  growth: z.array(z.object({ contender: z.enum(['dense', 'window']), pass, time: growth.exactOptional(), memory: growth.exactOptional() })),
  again: ratio.exactOptional(),
  smallestClaim: z.number(),
});

const trainFigures = z.object({
  model: z.string(),
  parameters: z.number(),
  steps: z.number(),
  stepsChosenBy: z.enum(['the clock', '--steps']),
  bytesPerStep: z.number(),
  trainingSeconds: z.number(),
  curve: z.array(z.object({ step: z.number(), seconds: z.number(), bits: z.number() })),
  heldOutBits: z.number(),
  scoredBytes: z.number(),
  sample: z.object({ prompt: z.string(), text: z.string(), temperature: z.number() }),
  kernel: z.string(),
});

const baselines = z.object({ unigram: z.number(), bigram: z.number(), gzip: z.number() });

export const machine: z.ZodType<Machine> = z.object({
  cpu: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  system: z.string(),
  node: z.string(),
  tfjs: z.record(z.string(), z.string()),
  commit: z.string(),
  dirty: z.boolean(),
  load: z.number(),
});

/** The shape of `results.json`. */
export const resultsSchema: z.ZodType<Results> = z.object({
  version: z.literal(1),
  status: z.enum(['partial', 'complete']),
  missing: z.array(z.string()),
  started: z.string(),
  updated: z.string(),
  seconds: z.number(),
  options: z.object({
    text: z.string(),
    only: z.array(z.enum(caseNames)),
    backend: z.enum(backendNames),
    seed: z.number(),
    quick: z.boolean(),
    steps: z.number().exactOptional(),
  }),
  source: z.string(),
  machine,
  text: z.object({
    name: z.string(),
    bytes: z.number(),
    pieces: z.number(),
    pieceName: z.string(),
    heldOutPieces: z.number(),
    heldOutBytes: z.number(),
    sha256: z.string(),
  }),
  headline: z.array(z.string()),
  checks: z.array(checkLine).exactOptional(),
  sweep: z.object({ finished: z.boolean(), samples: z.array(sample), summary }).exactOptional(),
  train: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('done'), baselines, figures: trainFigures }),
      z.object({ kind: z.literal('failed'), baselines, error: z.string() }),
    ])
    .exactOptional(),
});
