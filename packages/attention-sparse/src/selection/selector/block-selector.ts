import { dims, gelu, type Layer, logSumExp, normal, type Parameters, parameter, uniform } from '@longspan/core-tensor';
import { requireInteger, requireKeyHeads, ShapeError, UNBOUNDED } from '@longspan/core-tensor/error';
import { maskedScore } from '@longspan/core-tensor/kernel';
import {
  add,
  cast,
  div,
  expandDims,
  greater,
  less,
  log,
  matMul,
  maximum,
  mul,
  reshape,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tidy,
  transpose,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Mask } from '../../mask/index.ts';
import { hiddenBlocks } from '../scoring/block-candidates.ts';
import { blockMeans } from '../scoring/block-means.ts';
import { firstOfBlocks } from '../scoring/first-of-blocks.ts';
import { untaped } from '../scoring/untaped.ts';
import { blockFeatures, featuresPerNumber } from './block-features.ts';

export interface BlockSelectorConfig {
  readonly heads: number;
  /** Heads of the keys; heads when absent. */
  readonly keyHeads?: number;
  readonly headDim: number;
  /** Tokens along each side of a block; 64 when absent. */
  readonly blockSize?: number;
  /** Width of the hidden layer; 2 · headDim when absent. */
  readonly innerWidth?: number;
  /** Width of what is compared; headDim when absent. */
  readonly rank?: number;
  /** Whether a block's scores may know of its first query only, so that no choice comes from the future. False when absent. */
  readonly causal?: boolean;
}

export interface BlockSelectorInputs {
  /** [b, h, nq, d] */
  readonly q: Tensor;
  /** [b, hkv, nk, d] */
  readonly k: Tensor;
}

/**
 * Routing by a network: a small network for each head looks at each block of queries and each block of keys and scores how much attention
 * will flow between them. Train it with `selectorLoss` to the true mass, let `chooseBlocks` take its best, and hand those to
 * `sparseAttention`. Untrained it is near to `blockTopK`'s means. Only its own parameters have gradients, not the queries and keys.
 * @shape { q [b, h, nq, d], k [b, hkv, nk, d] } -> scores [b, h, queryBlocks, keyBlocks]; parameters `query.hidden.weight`
 *   [h, innerWidth, features], `query.hidden.bias` [h, innerWidth], `query.out.weight` [h, rank, innerWidth], and for `key` the same
 *   with hkv heads
 * @throws ConfigError when a size is not an integer of at least 1; ShapeError when the inputs do not fit
 * @cost O(n · d + n / blockSize · d · innerWidth + (n / blockSize)² · rank) time
 * @source Gao et al. 2024 (arXiv 2410.13276) §3: a gate trained to the pooled attention map
 * @example
 * const selector = blockSelector({ heads: 1, headDim: 2, blockSize: 2 });
 * const x = zeros([1, 1, 6, 2]);
 * selector.apply(selector.init(createKey(1)), { q: x, k: x }).shape; // => [1, 1, 3, 3]
 */
export function blockSelector(config: BlockSelectorConfig): Layer<BlockSelectorInputs, Tensor> {
  const { heads, keyHeads = heads, headDim, blockSize = 64, innerWidth = 2 * headDim, rank = headDim, causal = false } = config;
  requireInteger('blockSelector', { heads, keyHeads, headDim, blockSize, innerWidth, rank }, 1);
  requireKeyHeads('blockSelector', { h: heads, hkv: keyHeads });
  const widths = { query: causal ? headDim : featuresPerNumber * headDim, key: featuresPerNumber * headDim };
  const sides = { query: heads, key: keyHeads };

  return {
    init: (key) => {
      const parameters: Record<string, Tensor> = {};
      for (const side of ['query', 'key'] as const) {
        const [own, bound] = [key.fold(side), 1 / Math.sqrt(widths[side])];
        parameters[`${side}.hidden.weight`] = uniform(own.fold('hidden'), [sides[side], innerWidth, widths[side]], {
          min: -bound,
          max: bound,
        });
        parameters[`${side}.hidden.bias`] = zeros([sides[side], innerWidth]);
        parameters[`${side}.out.weight`] = normal(own.fold('out'), [sides[side], rank, innerWidth], {
          standardDeviation: 0.1 / Math.sqrt(innerWidth),
        });
      }
      return parameters;
    },
    apply: (parameters, { q, k }) => {
      const caller = 'blockSelector';
      const { b, h, hkv } = dims(caller, { q: [q, 'b h nq d'], k: [k, 'b hkv nk d'] });
      if (h !== heads || hkv !== keyHeads || q.shape[3] !== headDim) {
        throw new ShapeError({
          caller,
          problem: 'q and k are not what the selector was made for.',
          expected: `heads ${heads}, keyHeads ${keyHeads}, headDim ${headDim}`,
          got: `heads ${h}, keyHeads ${hkv}, headDim ${q.shape[3]}`,
          remedy: 'make the selector with the sizes of this attention.',
        });
      }
      return tidy(() => {
        const [ofQueries, ofKeys, means] = untaped([q, k], (queries, keys) => {
          const own = causal ? firstOfBlocks(queries, blockSize) : blockFeatures(queries, blockSize);
          const first = causal ? own : blockMeans(queries, blockSize);
          return [own, blockFeatures(keys, blockSize), byKeyHead(first, blockMeans(keys, blockSize), 1 / Math.sqrt(headDim))];
        });
        const one = network(parameters, 'query', ofQueries);
        const other = network(parameters, 'key', ofKeys);
        const [queryBlocks, keyBlocks] = [one.shape[2] as number, other.shape[2] as number];
        return reshape(add(byKeyHead(one, other, 1 / Math.sqrt(rank)), means), [b, h, queryBlocks, keyBlocks]);
      });
    },
  };
}

/** Two layers for each head. @shape x [b, heads, blocks, features] -> [b, heads, blocks, rank] */
function network(parameters: Parameters, side: 'query' | 'key', x: Tensor): Tensor {
  const [batch = 0, heads = 0, blocks = 0, features = 0] = x.shape;
  const named = (name: string): Tensor => parameter(parameters, `${side}.${name}`, 'blockSelector');
  // The heads first: products of matrices with one batch axis have gradients on every backend.
  const rows = reshape(transpose(x, [1, 0, 2, 3]), [heads, batch * blocks, features]);
  const hidden = gelu(add(matMul(rows, named('hidden.weight'), false, true), expandDims(named('hidden.bias'), 1)), 'tanh');
  const out = matMul(hidden, named('out.weight'), false, true);
  return transpose(reshape(out, [heads, batch, blocks, -1]), [1, 0, 2, 3]);
}

/** Products of each query head with its key head, [b, hkv, h / hkv · queryBlocks, keyBlocks]. */
function byKeyHead(one: Tensor, other: Tensor, scale: number): Tensor {
  const [batch = 0, heads = 0, blocks = 0, width = 0] = one.shape;
  const keyHeads = other.shape[1] as number;
  return mul(matMul(reshape(one, [batch, keyHeads, (heads / keyHeads) * blocks, width]), other, false, true), scale);
}

export interface SelectorLossOptions {
  readonly queryLength: number;
  readonly keyLength: number;
  /** Tokens along each side of a block; 64 when absent. */
  readonly blockSize?: number;
  /** As in chooseBlocks: what will not be chosen takes no part. */
  readonly candidates?: Mask;
  /** As in chooseBlocks: only blocks before the query block take part. False when absent. */
  readonly causal?: boolean;
  /** Query i stands at position queryOffset + i; keyLength − queryLength when absent. */
  readonly queryOffset?: number;
}

/**
 * How far a selector's scores are from the true attention mass: the mean Kullback-Leibler divergence of their softmax over the candidates
 * from the mass of these. Rows whose candidates have no mass do not count.
 * @shape scores, mass [b, h, queryBlocks, keyBlocks], of `blockSelector` and `blockMass`
 * @returns a scalar, nats; its gradient goes to the scores
 * @throws ShapeError when the two differ; ConfigError when a size is not an integer of at least 1
 * @cost O(scores)
 * @source Gao et al. 2024 (arXiv 2410.13276) §3
 * @example
 * const mass = tensor4d([0.5, 0.5], [1, 1, 1, 2]);
 * const loss = selectorLoss(tensor4d([Math.log(3), 0], [1, 1, 1, 2]), mass, { queryLength: 2, keyLength: 4, blockSize: 2 });
 * await loss.data(); // => [0.143841]
 */
export function selectorLoss(scores: Tensor, mass: Tensor, options: SelectorLossOptions): Scalar {
  const caller = 'selectorLoss';
  dims(caller, { scores: [scores, 'b h queryBlocks keyBlocks'], mass: [mass, 'b h queryBlocks keyBlocks'] });
  const { queryLength, keyLength, blockSize = 64, candidates, causal = false, queryOffset = keyLength - queryLength } = options;
  requireInteger(caller, { queryLength, keyLength, blockSize }, 1);
  requireInteger(caller, { queryOffset }, UNBOUNDED);
  const geometry = { queryLength, keyLength, blockSize, queryOffset };
  const rows = scores.shape[2] as number;
  return tidy(() => {
    const hidden = hiddenBlocks(geometry, { candidates, causal }, 0, rows);
    const [target, weight] = untaped([mass], (given) => {
      const shown = where(less(add(zerosLike(given), hidden), maskedScore / 2), zerosLike(given), given);
      const total = sum(shown, 3, true);
      return [div(shown, maximum(total, 1e-30)), cast(greater(total, 0), 'float32')];
    });
    const open = add(scores, hidden);
    const missing = sub(log(maximum(target, 1e-30)), sub(open, expandDims(logSumExp(open), 3)));
    const perRow = sum(mul(target, missing), 3, true);
    return div(sum(mul(perRow, weight)), maximum(sum(weight), 1)) as Scalar;
  });
}
