import { join } from 'node:path';
import type { Pace } from '../../figures/alternate.ts';
import { count } from '../../report/wording.ts';
import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import { workspaceRoot } from '../../run/source-hash.ts';
import { buildOf, engineArguments } from '../kernels/build.ts';
import type { Target } from '../kernels/target.ts';
import { interpreterOf } from '../peers/interpreter.ts';
import type { Combination, StepSize, TrainingInput } from './input.ts';

const folder: string = join(workspaceRoot, 'apps/bench/.peers');

type Extent = Pick<ExperimentOptions, 'full'>;

/** The model that the target is stated for. */
export const stepSize: Omit<StepSize, 'left'> = { layers: 4, width: 256, heads: 4, n: 2048 };

/** At most so many times PyTorch's time. */
export const target: Target = { bound: 'at most', value: 1.2 };

/** What a byte sees, by name: the bytes to its left. */
export const lefts = (n: number): readonly (readonly [string, number])[] => [
  ['all bytes before', n - 1],
  ['a window of 512', 511],
];

// Stock tfjs needs more than a minute for a step of that size.
export const stockSize = ({ full }: Extent): Omit<StepSize, 'left'> => (full ? stepSize : { layers: 2, width: 128, heads: 2, n: 1024 });

export const memorySize = ({ full }: Extent): StepSize => ({ ...stepSize, n: full ? 16_384 : 4096, left: 511 });
export const segmentLength = 512;

/** Each way alone, and the pairs that make sense. */
export const combinations: Readonly<Record<string, Combination>> = {
  plain: { storage: 'stored' },
  'chunked loss': { storage: 'stored', hasChunkedLoss: true },
  recompute: { storage: 'recomputed' },
  'recompute, chunked loss': { storage: 'recomputed', hasChunkedLoss: true },
  reversibleSequence: { storage: 'reversible' },
  'reversibleSequence, chunked loss': { storage: 'reversible', hasChunkedLoss: true },
  'segment memory': { storage: 'stored', hasMemory: true },
  'segment memory, chunked loss': { storage: 'stored', hasMemory: true, hasChunkedLoss: true },
  'segment memory, recompute': { storage: 'recomputed', hasMemory: true },
};

export const peerPoint = (sees: string): string => `step beside PyTorch, ${sees}`;
export const stockPoint = (sees: string): string => `step beside tfjs-wasm, ${sees}`;
export const memoryPoint = (name: string): string => `memory, ${name}`;

export const sizeInWords = ({ layers, width, n }: Pick<StepSize, 'layers' | 'width' | 'n'>): string =>
  `${layers} layers, ${width} wide, ${count(n)} bytes`;

export function pointsOf(options: ExperimentOptions): readonly Point<TrainingInput>[] {
  const { seed, full, flags } = options;
  const build = buildOf(options);
  const python = interpreterOf(flags['python']);
  const pace: Pace = full ? { rounds: 15, budgetSeconds: 120, turnSeconds: 1 } : { rounds: 7, budgetSeconds: 30, turnSeconds: 0.5 };
  const common = { seed, ...(build && { instructions: build }) };
  const execArgv = engineArguments(build);
  const threads = Number(flags['threads'] ?? 2);
  const script = join(workspaceRoot, 'apps/bench/src/experiments/training/torch_step.py');
  return [
    ...(python === undefined
      ? []
      : lefts(stepSize.n).map(
          ([sees, left]): Point<TrainingInput> => ({
            name: peerPoint(sees),
            input: { ...common, kind: 'peer step', size: { ...stepSize, left }, pace, threads, python, script, folder },
            weight: 3,
            mayFail: true,
            execArgv,
          }),
        )),
    ...Object.entries(combinations).map(
      ([name, combination]): Point<TrainingInput> => ({
        name: memoryPoint(name),
        input: { ...common, kind: 'memory', size: memorySize(options), combination, segmentLength },
        execArgv,
      }),
    ),
    ...lefts(stockSize(options).n).map(
      ([sees, left]): Point<TrainingInput> => ({
        name: stockPoint(sees),
        input: { ...common, kind: 'stock step', size: { ...stockSize(options), left }, pace: { ...pace, budgetSeconds: full ? 60 : 5 } },
        weight: full ? 10 : 2,
        execArgv,
      }),
    ),
  ];
}
