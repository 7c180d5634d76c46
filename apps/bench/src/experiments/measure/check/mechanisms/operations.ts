import {
  attentionWeights,
  blockDiagonal,
  causal,
  denseAttention,
  mergeAttention,
  nothing,
  slidingWindow,
  sparseAttention,
} from '@longspan/attention-sparse';
import { concat, eye, reshape, slice, type Tensor, tensor, tile } from '@tensorflow/tfjs-core';
import { checkSizes, type Mechanism } from './mechanism.ts';

const { batch, n, heads } = checkSizes;
const far = slidingWindow({ left: 120, right: 0 }).and(causal());
const own = blockDiagonal({ blockSize: 48 });

/** Key blocks chosen at run time for each head and query block; −1 is none. */
const chosen = Int32Array.from({ length: heads * Math.ceil(n / 64) * 2 }, (_, index) =>
  (index * 7) % 8 < 6 ? (index * 5 + (index >> 1)) % 4 : -1,
);

/** Queries that all see the same number of keys. */
const lookedAt = [150, 180, 220];

/** What is computed with attention or from it, besides masks and score terms. */
export const operationMechanisms: readonly Mechanism[] = [
  {
    name: 'mergeAttention of two disjoint masks',
    against: 'denseAttention of their union',
    prepare: (text) => ({
      inputs: [text.heads('q', {}), text.heads('k', {}), text.heads('v', {})],
      ours(q, k, v) {
        const part = (mask: typeof far) => sparseAttention(q as Tensor, k as Tensor, v as Tensor, { mask });
        const { out, logSumExp } = mergeAttention(part(far.and(own)), part(far.and(own.not())));
        return [out, logSumExp];
      },
      reference(q, k, v) {
        const { out, logSumExp } = denseAttention(q as Tensor, k as Tensor, v as Tensor, { mask: far });
        return [out, logSumExp];
      },
    }),
  },
  {
    name: 'attentionWeights of three queries',
    against: 'denseAttention over one-hot values',
    prepare(text) {
      const [q, k, v] = [text.heads('q', {}), text.heads('k', {}), text.heads('v', {})];
      return {
        inputs: [],
        ours: () => [
          attentionWeights(q, k, { mask: far, queries: lookedAt, logSumExp: sparseAttention(q, k, v, { mask: far }).logSumExp }).weights,
        ],
        reference() {
          const oneHot = tile(reshape(eye(n), [1, 1, n, n]), [batch, heads, 1, 1]);
          const rows = denseAttention(q, k, oneHot, { mask: far }).out;
          return [
            concat(
              lookedAt.map((query) => slice(rows, [0, 0, query, query - 120], [batch, heads, 1, 121])),
              2,
            ),
          ];
        },
      };
    },
  },
  ...[
    { name: 'selected: blocks chosen at run time', mask: nothing() },
    { name: 'selected, united with slidingWindow', mask: slidingWindow({ left: 30, right: 5 }) },
  ].map(
    ({ name, mask }): Mechanism => ({
      name,
      against: 'denseAttention',
      prepare(text) {
        const selected = tensor(chosen, [1, heads, Math.ceil(n / 64), 2], 'int32');
        return {
          inputs: [text.heads('q', {}), text.heads('k', {}), text.heads('v', {})],
          ours(q, k, v) {
            const { out, logSumExp } = sparseAttention(q as Tensor, k as Tensor, v as Tensor, { mask, selected });
            return [out, logSumExp];
          },
          reference(q, k, v) {
            const { out, logSumExp } = denseAttention(q as Tensor, k as Tensor, v as Tensor, { mask, selected });
            return [out, logSumExp];
          },
        };
      },
    }),
  ),
];
