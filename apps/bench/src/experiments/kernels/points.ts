import { passes } from '../../attention/method.ts';
import type { Pace } from '../../figures/alternate.ts';
import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import { buildOf, engineArguments } from './build.ts';
import type { AttentionSize, Common, KernelInput, Product, Rival, Task } from './input.ts';

/** The work that the targets are stated for: one head of 64, a causal window of 512 keys with the query's own. */
const one = { heads: 1, headDim: 64, left: 511 } as const;
const four = { ...one, heads: 4 } as const;

const big = { batch: 1, m: 1024, k: 768, n: 768 } as const;
const products: Readonly<Record<string, Product>> = {
  'product, plain': { ...big, transposeA: false, transposeB: false },
  'product, b transposed': { ...big, transposeA: false, transposeB: true },
  'product, a transposed': { ...big, transposeA: true, transposeB: false },
  'product, both transposed': { ...big, transposeA: true, transposeB: true },
  'product, batches': { batch: 12, m: 512, k: 64, n: 512, transposeA: false, transposeB: false },
};

const rivals: readonly Rival[] = ['dense', 'dense composition', 'window composition', 'no relative term'];

/** How many fresh processes a figure is taken from that a process has only once: a first layout, a peak of memory. */
export const processes = ({ full }: Extent): number => (full ? 7 : 3);

type Extent = Pick<ExperimentOptions, 'full'>;

// What stock tfjs needs seconds for, or a process as much memory as there is, is smaller without --full.
export const trainingSize = ({ full }: Extent): Omit<Extract<Task, { kind: 'training' }>, 'kind' | 'left'> =>
  full ? { n: 2048, layers: 4, width: 256, heads: 4 } : { n: 512, layers: 2, width: 128, heads: 2 };
export const denseTrainingLength = ({ full }: Extent): number => (full ? 4096 : 2048);
export const memorySize = ({ full }: Extent): Pick<AttentionSize, 'n' | 'heads'> => ({ n: 65_536, heads: full ? 4 : 2 });

export const growthLengths = [4096, 16_384, 65_536, 262_144] as const;

export function pointsOf(options: ExperimentOptions): readonly Point<KernelInput>[] {
  const { seed, full } = options;
  const pace: Pace = full ? { rounds: 21, budgetSeconds: 60, turnSeconds: 0.2 } : { rounds: 9, budgetSeconds: 2, turnSeconds: 0.06 };
  const build = buildOf(options);
  const common: Common = { seed, pace, ...(build === undefined ? {} : { instructions: build }) };
  const point = (name: string, task: Task, rest: Omit<Point<unknown>, 'name' | 'input'> = {}): Point<KernelInput> => ({
    name,
    input: { ...common, ...task },
    execArgv: engineArguments(build),
    ...rest,
  });
  const repeated = (name: string, task: Task): Point<KernelInput>[] =>
    Array.from({ length: processes(options) }, (_, at) => {
      const one = point(`${name}, process ${at + 1}`, task);
      return { ...one, input: { ...one.input, pace: { ...pace, rounds: 3 } } };
    });
  return [
    ...rivals.flatMap((rival) =>
      passes.map((pass) => {
        const n = rival === 'dense' && pass === 'forward+backward' ? denseTrainingLength(options) : 4096;
        return point(`${pass} against ${rival}`, { kind: 'attention', pass, rival, n, ...one });
      }),
    ),
    ...passes.map((pass) => point(`${pass} against one thread`, { kind: 'threads', pass, n: 4096, ...four }, { mayFail: true })),
    point('rate', { kind: 'rate', n: 4096, ...one }),
    ...passes.map((pass) =>
      point(`growth, ${pass}`, {
        kind: 'growth',
        pass,
        ...one,
        lengths: full || pass === 'forward' ? growthLengths : growthLengths.slice(0, 3),
      }),
    ),
    ...Object.entries(products).map(([name, product]) => point(name, { kind: 'product', ...product })),
    point('training', { kind: 'training', ...trainingSize(options), left: 511 }),
    ...repeated('layout', { kind: 'layout', n: 16_384, ...four }),
    ...repeated('memory', { kind: 'memory', ...one, ...memorySize(options) }),
  ];
}
