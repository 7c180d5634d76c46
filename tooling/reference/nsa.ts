import { stopGradient } from '@longspan/core-tensor';
import { add, addN, matMul, mul, reshape, sigmoid, split, sum, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { forQueryHeads } from './attention/heads.ts';
import { visiblePairs, visibleTokens } from './attention/pairs.ts';
import { softmaxAttention, weightsOf } from './attention/softmax-attention.ts';
import { type Choices, choicesOf, highest, type Numbers, upTo } from './numbers/numbers.ts';
import { mixed, partsOf, spread, table } from './numbers/table.ts';

// Native Sparse Attention (Yuan et al. 2025, arXiv:2502.11089), §3.3. Keys are compressed by their mean.

export interface NsaSizes {
  readonly compressionLength: number;
  readonly compressionStride: number;
  readonly selectionLength: number;
  readonly selectedBlocks: number;
  readonly initialBlocks?: number | undefined;
  readonly localBlocks?: number | undefined;
  readonly window: number;
}

/** The first tokens of the overlapping windows that are compressed; only whole ones are. */
const startsOf = (length: number, { compressionLength, compressionStride }: NsaSizes): number[] =>
  upTo(length, (at) => at * compressionStride).filter((start) => start + compressionLength <= length);

/** The mean of each window: [b, h, n, d] -> [b, h, windows, d]. */
function compressed(x: Tensor, sizes: NsaSizes): Tensor {
  const length = x.shape[2] as number;
  const starts = startsOf(length, sizes);
  const { compressionLength } = sizes;
  const means = table(starts.length, length, (window, token) => {
    const start = starts[window] as number;
    return token >= start && token < start + compressionLength ? 1 / compressionLength : 0;
  });
  return mixed(means, x);
}

/** A window is visible from its last token on. */
function wholeWindows(length: number, sizes: NsaSizes): Tensor {
  const starts = startsOf(length, sizes);
  return visiblePairs(
    { queries: length, keys: starts.length },
    ({ query, key }) => (starts[key] as number) + sizes.compressionLength - 1 <= query,
  );
}

/**
 * Eq. 8 to 10, apart from gradients: each stride of a window carries the window's weight to the block that holds it; summed over
 * the query heads of a group.
 * @shape q [b, h, n, d]; k [b, hkv, n, d] -> [b, hkv, n, blocks]
 */
export function nsaImportance(q: Tensor, k: Tensor, sizes: NsaSizes): Tensor {
  const [batch = 0, heads = 0, length = 0] = q.shape;
  const keyHeads = k.shape[1] as number;
  const { compressionLength, compressionStride, selectionLength } = sizes;
  const starts = startsOf(length, sizes);
  const blocks = partsOf(length, selectionLength);
  if (starts.length === 0) return zeros([batch, keyHeads, length, blocks]);
  const weights = weightsOf(stopGradient(q), compressed(stopGradient(k), sizes), { counts: wholeWindows(length, sizes) });
  const ofGroup = sum(reshape(weights, [batch, keyHeads, heads / keyHeads, length, starts.length]), 2);
  const strides = upTo(compressionLength / compressionStride, (stride) => stride * compressionStride);
  const overlaps = table(
    starts.length,
    blocks,
    (window, block) => strides.filter((stride) => Math.floor(((starts[window] as number) + stride) / selectionLength) === block).length,
  );
  return reshape(matMul(reshape(ofGroup, [-1, starts.length]), overlaps), [batch, keyHeads, length, blocks]);
}

/** Whether a block is taken whatever it weighs: the first ones, the query's own, and those before that. */
export const isNsaForced = (block: number, own: number, { initialBlocks = 1, localBlocks = 2 }: NsaSizes): boolean =>
  block <= own && (block < initialBlocks || block > own - localBlocks);

/** The blocks of each query of a group: those that are forced, and the most important of the past. */
export const nsaBlocks = (importance: Numbers, sizes: NsaSizes): Choices =>
  choicesOf(importance, (row, { row: query }) => {
    const own = Math.floor(query / sizes.selectionLength);
    const scores = row.map((weight, block) => {
      if (block > own) return Number.NEGATIVE_INFINITY;
      return isNsaForced(block, own, sizes) ? Number.POSITIVE_INFINITY : weight;
    });
    return highest(scores, sizes.selectedBlocks);
  });

export interface NsaBranch {
  readonly k: Tensor;
  readonly v: Tensor;
}

export interface NsaInputs {
  readonly q: Tensor;
  readonly compressed: NsaBranch;
  readonly selected: NsaBranch;
  readonly sliding: NsaBranch;
  /** [b, h, n, 3], before the sigmoid. */
  readonly gates: Tensor;
}

export interface NsaAttended {
  readonly out: Tensor;
  readonly compressed: Tensor;
  readonly selected: Tensor;
  readonly sliding: Tensor;
}

/** The three branches, each with keys and values of its own, and their gated sum (eq. 5). @param chosen 1 for a block that was, else 0: [b, hkv, n, blocks] */
export function nsaAttention(inputs: NsaInputs, chosen: Tensor, sizes: NsaSizes): NsaAttended {
  const { q, gates } = inputs;
  const [, heads = 0, length = 0] = q.shape;
  const past = visibleTokens(length, (query, key) => key <= query);
  const tokens = spread(forQueryHeads(chosen, heads), length, sizes.selectionLength);
  const branch = ({ k, v }: NsaBranch, counts: Tensor): Tensor => softmaxAttention(q, k, v, { counts }).out;
  const branches = {
    compressed: attendCompressed(q, inputs.compressed, sizes),
    selected: branch(inputs.selected, mul(tokens, past)),
    sliding: branch(
      inputs.sliding,
      visibleTokens(length, (query, key) => key <= query && key > query - sizes.window),
    ),
  };
  const open = split(sigmoid(gates), 3, 3);
  const out = addN(Object.values(branches).map((each, at) => mul(each, open[at] as Tensor)));
  return { out, ...branches };
}

/** The branch of compressed tokens: 0 before the first whole window. */
function attendCompressed(q: Tensor, { k, v }: NsaBranch, sizes: NsaSizes): Tensor {
  const [batch = 0, heads = 0, length = 0] = q.shape;
  // No window is whole: zeros that depend on keys and values all the same, so that their gradients are zeros too.
  if (startsOf(length, sizes).length === 0) return add(zeros([batch, heads, length, v.shape[3] as number]), mul(add(sum(k), sum(v)), 0));
  return softmaxAttention(q, compressed(k, sizes), compressed(v, sizes), { counts: wholeWindows(length, sizes) }).out;
}
