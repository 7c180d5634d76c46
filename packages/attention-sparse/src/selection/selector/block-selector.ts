import { defineLayer, dims, gelu, type Layer, type LayerContext, type Lens, logSumExp, type Spec } from '@longspan/core-tensor';
import { requireInteger, requireKeyHeads, requireKnown, ShapeError, UNBOUNDED } from '@longspan/core-tensor/error';
import { biasSpec, requireContext, weightSpec } from '@longspan/core-tensor/layer';
import {
  add,
  cast,
  div,
  expandDims,
  greater,
  log,
  matMul,
  maximum,
  mul,
  notEqual,
  reshape,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tidy,
  transpose,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Mask } from '../../mask/index.ts';
import { maskedBlocks } from '../scoring/block-candidates.ts';
import { blockMeans } from '../scoring/block-means.ts';
import { decided } from '../scoring/decided.ts';
import { firstOfBlocks } from '../scoring/first-of-blocks.ts';
import { withoutGradient } from '../scoring/without-gradient.ts';
import { blockFeatures, featuresPerNumber } from './block-features.ts';

export interface BlockSelectorConfig {
  readonly heads: number;
  /** Heads of the keys; heads by default. */
  readonly keyHeads?: number | undefined;
  readonly headDim: number;
  /** Tokens along each side of a block; 64 by default. */
  readonly blockSize?: number | undefined;
  /** Width of the hidden layer; 2 · headDim by default. */
  readonly innerWidth?: number | undefined;
  /** Width of what is compared; headDim by default. */
  readonly rank?: number | undefined;
  /** Whether a block's scores may know of its first query only, so that no choice comes from the future. False by default. */
  readonly causal?: boolean | undefined;
}

export interface BlockSelectorContext extends LayerContext {
  /** [b, hkv, nk, d] */
  readonly keys: Tensor;
}

/**
 * Routing by a network: a small network for each head reads each block of queries and each block of keys and scores how much attention
 * will flow between them. Train it with `selectorLoss` to the true mass, let `selectBlocks` take its best, and hand those to
 * `sparseAttention`. Untrained it is near to `blockTopK`'s means. Only its own parameters have gradients, not the queries and keys.
 * @shape x [b, h, nq, d], the queries; context.keys [b, hkv, nk, d] -> scores [b, h, queryBlocks, keyBlocks]; parameters
 *   `query.hidden.weight` [h, innerWidth, features], `query.hidden.bias` [h, innerWidth], `query.out.weight` [h, rank, innerWidth], and
 *   for `key` the same with hkv heads
 * @throws ConfigError when a size is not an integer of at least 1; ShapeError when the inputs do not fit
 * @cost O(n · d + n / blockSize · d · innerWidth + (n / blockSize)² · rank) time
 * @source Gao et al. 2024 (arXiv 2410.13276) §3: a gate trained to the pooled attention map
 * @example
 * const selector = blockSelector({ heads: 1, headDim: 2, blockSize: 2 });
 * const x = zeros([1, 1, 6, 2]);
 * selector.apply(selector.init(createKey(1)), x, { keys: x }).shape; // => [1, 1, 3, 3]
 */
export function blockSelector(config: BlockSelectorConfig): Layer<BlockSelectorContext> {
  requireKnown('blockSelector', config, {
    heads: true,
    keyHeads: true,
    headDim: true,
    blockSize: true,
    innerWidth: true,
    rank: true,
    causal: 'flag',
  });
  const { heads, keyHeads = heads, headDim, blockSize = 64, rank = headDim, causal = false } = config;
  requireInteger('blockSelector', { heads, keyHeads, headDim, blockSize, rank }, 1);
  const { innerWidth = 2 * headDim } = config;
  requireInteger('blockSelector', { innerWidth }, 1);
  requireKeyHeads('blockSelector', { h: heads, hkv: keyHeads });
  const features = { query: causal ? headDim : featuresPerNumber * headDim, key: featuresPerNumber * headDim };
  const ofSide = (side: 'query' | 'key', count: number): Spec => ({
    [`${side}.hidden.weight`]: weightSpec([count, innerWidth, features[side]], { kind: 'uniform', bound: 1 / Math.sqrt(features[side]) }),
    [`${side}.hidden.bias`]: biasSpec([count, innerWidth]),
    [`${side}.out.weight`]: weightSpec([count, rank, innerWidth], {
      kind: 'normal',
      standardDeviation: 0.1 / Math.sqrt(innerWidth),
    }),
  });
  const sizesOf = (caller: string, q: Tensor, k: Tensor): { readonly b: number; readonly h: number } => {
    const { b, h, hkv } = dims(caller, { x: [q, 'b h nq d:float32'], 'context.keys': [k, 'b hkv nk d:float32'] });
    if (h === heads && hkv === keyHeads && q.shape[3] === headDim) return { b, h };
    throw new ShapeError({
      caller,
      problem: 'x and context.keys must have the sizes that the selector was made for.',
      expected: `heads ${heads}, keyHeads ${keyHeads}, headDim ${headDim}`,
      got: `heads ${h}, keyHeads ${hkv}, headDim ${q.shape[3]}`,
      remedy: 'make the selector with the sizes of this attention.',
    });
  };
  return defineLayer({
    name: 'blockSelector',
    spec: { ...ofSide('query', heads), ...ofSide('key', keyHeads) },
    reads: ['keys'],
    checkContext: (caller, { keys }) => void requireContext(caller, 'keys', keys, 'keys [b, hkv, nk, d]'),
    check: (caller, x, { keys }) => void sizesOf(caller, x, keys),
    run({ caller, parameters }, x, { keys: k }: BlockSelectorContext) {
      const { b, h } = sizesOf(caller, x, k);
      const [ofQueries, ofKeys, means] = withoutGradient([x, k], (queries, keys) => {
        const own = causal ? firstOfBlocks(queries, blockSize) : blockFeatures(queries, blockSize);
        const first = causal ? own : blockMeans(queries, blockSize);
        return [own, blockFeatures(keys, blockSize), byKeyHead(first, blockMeans(keys, blockSize), 1 / Math.sqrt(headDim))];
      });
      const one = network(parameters.below('query'), ofQueries);
      const other = network(parameters.below('key'), ofKeys);
      const [queryBlocks, keyBlocks] = [one.shape[2] as number, other.shape[2] as number];
      return reshape(add(byKeyHead(one, other, 1 / Math.sqrt(rank)), means), [b, h, queryBlocks, keyBlocks]);
    },
  });
}

/** Two layers for each head. @shape x [b, heads, blocks, features] -> [b, heads, blocks, rank] */
function network(parameters: Lens<Tensor>, x: Tensor): Tensor {
  const [batch = 0, heads = 0, blocks = 0, features = 0] = x.shape;
  // The heads first: products of matrices with one batch axis have gradients on every backend.
  const rows = reshape(transpose(x, [1, 0, 2, 3]), [heads, batch * blocks, features]);
  const hidden = gelu(
    add(matMul(rows, parameters.get('hidden.weight'), false, true), expandDims(parameters.get('hidden.bias'), 1)),
    'tanh',
  );
  const out = matMul(hidden, parameters.get('out.weight'), false, true);
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
  /** Tokens along each side of a block; 64 by default. */
  readonly blockSize?: number | undefined;
  /** As in selectBlocks: what will not be selected takes no part. */
  readonly candidates?: Mask | undefined;
  /** As in selectBlocks: only blocks that end before the query block's first query take part. False by default. */
  readonly causal?: boolean | undefined;
  /** Query i stands at position queryOffset + i; keyLength − queryLength by default. */
  readonly queryOffset?: number | undefined;
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
  requireKnown(caller, options, {
    queryLength: true,
    keyLength: true,
    blockSize: true,
    candidates: 'mask',
    causal: 'flag',
    queryOffset: true,
  });
  dims(caller, {
    scores: [scores, 'b h queryBlocks keyBlocks:float32'],
    mass: [mass, 'b h queryBlocks keyBlocks:float32'],
  });
  const { queryLength, keyLength, blockSize = 64, candidates, causal = false } = options;
  requireInteger(caller, { queryLength, keyLength, blockSize }, 1);
  const { queryOffset = keyLength - queryLength } = options;
  requireInteger(caller, { queryOffset }, UNBOUNDED);
  const geometry = { queryLength, keyLength, blockSize, queryOffset };
  const rows = scores.shape[2] as number;
  const blocks = `b h ${Math.ceil(queryLength / blockSize)} ${Math.ceil(keyLength / blockSize)}`;
  dims(caller, { scores: [scores, blocks] });
  return tidy(() => {
    const masked = maskedBlocks(geometry, { candidates, causal }, 0, rows);
    const [target, weight] = withoutGradient([mass], (given) => {
      const shown = where(notEqual(masked, 0), zerosLike(given), given);
      const total = sum(shown, 3, true);
      return [div(shown, maximum(total, 1e-30)), cast(greater(total, 0), 'float32')];
    });
    const open = decided(scores, masked);
    const missing = sub(log(maximum(target, 1e-30)), sub(open, expandDims(logSumExp(open), 3)));
    const perRow = sum(mul(target, missing), 3, true);
    return div(sum(mul(perRow, weight)), maximum(sum(weight), 1)) as Scalar;
  });
}
