import { count } from '../../report/wording.ts';
import type { ExperimentOptions } from '../../run/experiment.ts';
import type { Target } from '../kernels/target.ts';
import type { Duel } from './input.ts';

/** One line of the table: a duel, and what it must show. */
export interface Row {
  /** In words; with the peer's name it is the name of the point. */
  readonly work: string;
  readonly duel: Duel;
  /** 'at least' so many times as fast as the peer; 'at most' so many times the peer's time. Absent: for comparison. */
  readonly target?: Target;
}

const atLeast = (value: number): Target => ({ bound: 'at least', value });

const baseLength = 4096;

const lengthsOf = ({ full }: Pick<ExperimentOptions, 'full'>): readonly number[] => (full ? [4096, 16_384] : [4096]);

/** The rows in the order of the targets. */
export function rowsOf(options: Pick<ExperimentOptions, 'full'>): readonly Row[] {
  const each = (row: (n: number) => Row): readonly Row[] => lengthsOf(options).map(row);
  const window = (n: number): string => `causal window of 512, forward, n = ${count(n)}`;
  return [
    ...each((n) => ({
      work: `${window(n)}, against dense`,
      duel: { peer: 'onnxruntime-node', n, method: 'n x n mask', ours: 'window' },
      target: atLeast(n > 4096 ? 6 : 1.5),
    })),
    ...each((n) => ({
      work: `${window(n)}, against dense`,
      duel: { peer: 'onnxruntime-web', n, method: 'n x n mask', ours: 'window' },
      target: atLeast(10),
    })),
    ...each((n) => ({
      work: window(n),
      duel: { peer: 'jax-js', n, method: 'localWindowSize', ours: 'window' },
      target: atLeast(10),
    })),
    ...each((n) => ({
      work: `Longformer self-attention layer, forward, n = ${count(n)}`,
      duel: { peer: 'PyTorch', n, method: 'LongformerSelfAttention', ours: 'longformer' },
      target: atLeast(3),
    })),
    ...each((n) => ({
      work: `Longformer self-attention layer, forward + backward, n = ${count(n)}`,
      duel: { peer: 'PyTorch', n, method: 'LongformerSelfAttention, backward', ours: 'longformer training' },
      target: atLeast(4),
    })),
    {
      work: `Longformer encoder layer of base size, forward, n = ${count(baseLength)}`,
      duel: { peer: 'PyTorch', n: baseLength, method: 'LongformerLayer', ours: 'encoder' },
      target: { bound: 'at most', value: 1.3 },
    },
    ...each((n) => ({
      work: `${window(n)}, against compiled flex_attention`,
      duel: { peer: 'PyTorch', n, method: 'flex_attention', ours: 'window' },
      target: atLeast(1),
    })),
    ...each((n) => ({
      work: `${window(n)}, against scaled_dot_product_attention over all keys before the query`,
      duel: { peer: 'PyTorch', n, method: 'scaled_dot_product_attention', ours: 'window', answersAs: 'causal' },
    })),
  ];
}

export const pointName = ({ work, duel: { peer } }: Row): string => `${peer}: ${work}`;
