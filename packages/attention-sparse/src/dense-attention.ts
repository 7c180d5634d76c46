import { type AttentionResult, type BlockLayout, dims, dropoutTables, gatherRows, type ScoreTerm } from '@longspan/core-tensor';
import {
  abs,
  add,
  cast,
  clipByValue,
  div,
  equal,
  exp,
  expandDims,
  fill,
  greaterEqual,
  less,
  lessEqual,
  log,
  logicalAnd,
  matMul,
  maximum,
  mul,
  reshape,
  slice,
  step,
  sub,
  sum,
  logSumExp as sumOfExponentials,
  type Tensor,
  tanh,
  tensor,
  tidy,
  tile,
  where,
} from '@tensorflow/tfjs-core';
import { createLayout } from './layout.ts';
import { denseMask, everything } from './mask/index.ts';
import type { SparseAttentionOptions } from './sparse-attention.ts';

/** Below every score, and finite: gradients through hidden pairs are 0 and no NaN. Not lower: tfjs-webgl takes no maximum below −1e20. */
const hidden = -1e18;

/**
 * The same attention as one n x n table, from its definition: what everything else is checked against. Takes every mask and
 * score term, and tfjs differentiates it; shares no code with the block-sparse kernels.
 * @shape as sparseAttention
 * @cost O(b · h · nq · nk) memory, several times: small lengths only
 * @source Vaswani et al. 2017 (arXiv 1706.03762) eq. 1
 * @example
 * const values = tensor4d([1, 2, 3, 4], [1, 1, 4, 1]);
 * const same = zeros([1, 1, 4, 8]);
 * const { out } = denseAttention(same, same, values, { mask: causal() });
 * await out.data(); // => [1, 1.5, 2, 2.5]
 */
export function denseAttention(q: Tensor, k: Tensor, v: Tensor, options: SparseAttentionOptions = {}): AttentionResult {
  const { b, h, hkv, nq, nk, d } = dims('denseAttention', { q: [q, 'b h nq d'], k: [k, 'b hkv nk d'], v: [v, 'b hkv nk dv'] });
  const { score = [], scale = 1 / Math.sqrt(d), queryOffset = options.layout?.queryOffset ?? nk - nq } = options;
  return tidy(() => {
    const shared = h / hkv;
    const forHeads = (x: Tensor): Tensor => (shared === 1 ? x : repeatHeads(x, shared));
    const keys = forHeads(k);
    const pairs: Pairs = { b, h, nq, nk, ...givenPositions(score, nq, nk, queryOffset) };
    const relative = score.find((term) => term.kind === 'relativePositions');
    const content = matMul(relative ? add(q, expandDims(relative.u, 1)) : q, keys, false, true);
    let scores = mul(relative ? add(content, relativeProducts(q, relative.r, relative.v, pairs)) : content, scale);
    const layoutOf = (): BlockLayout =>
      options.layout ??
      createLayout(options.mask ?? everything(), { queryLength: nq, keyLength: nk, blockSize: options.blockSize, queryOffset });
    let visible = pairsOfMask(options, pairs, queryOffset);
    for (const term of score) {
      const taken = apply(term, scores, pairs, layoutOf);
      scores = taken.scores;
      if (taken.visible) visible = mul(visible, taken.visible);
    }
    const masked = where(cast(add(visible, fill(scores.shape, 0)), 'bool'), scores, fill(scores.shape, hidden));
    const whole = sumOfExponentials(masked, 3, true);
    const weights = mul(exp(sub(masked, whole)), visible);
    const used = score.reduce((kept, term) => (term.kind === 'attentionDropout' ? mul(kept, keptPairs(term, pairs)) : kept), weights);
    const out = matMul(used, forHeads(v));
    const lse = reshape(whole, [b, h, nq]);
    // step and not a comparison: comparisons have no gradient in tfjs, not even zeros.
    const seeing = cast(step(sum(add(visible, fill(scores.shape, 0)), 3)), 'bool');
    return { out, logSumExp: where(seeing, lse, fill([b, h, nq], Number.NEGATIVE_INFINITY)) };
  });
}

interface Pairs {
  readonly b: number;
  readonly h: number;
  readonly nq: number;
  readonly nk: number;
  /** Float [b|1, h|1, nq, 1] and [b|1, h|1, 1, nk]: where they stand. */
  readonly queries: Tensor;
  readonly keys: Tensor;
}

interface Applied {
  readonly scores: Tensor;
  readonly visible?: Tensor;
}

const range = (start: number, count: number): Float32Array => Float32Array.from({ length: count }, (_, at) => start + at);

function givenPositions(score: readonly ScoreTerm[], nq: number, nk: number, queryOffset: number): Pick<Pairs, 'queries' | 'keys'> {
  const given = score.find((term) => term.kind === 'originalPositions');
  if (given) return { queries: expandDims(cast(given.query, 'float32'), 3), keys: expandDims(cast(given.key, 'float32'), 2) };
  return { queries: tensor(range(queryOffset, nq), [1, 1, nq, 1]), keys: tensor(range(0, nk), [1, 1, 1, nk]) };
}

/** Query head a reads key head floor(a / shared). */
function repeatHeads(x: Tensor, shared: number): Tensor {
  const [b = 0, hkv = 0, n = 0, d = 0] = x.shape;
  return reshape(tile(reshape(x, [b * hkv, 1, n * d]), [1, shared, 1]), [b, hkv * shared, n, d]);
}

/** (q + v) · r, its row for each pair read from the product with all of r. */
function relativeProducts(q: Tensor, r: Tensor, v: Tensor, { b, h, nq, nk, queries, keys }: Pairs): Tensor {
  const [, length = 0, d = 0] = r.shape;
  const rows = tile(reshape(r, [1, h * length * d]), [b, 1]);
  const all = matMul(add(q, expandDims(v, 1)), reshape(rows, [b, h, length, d]), false, true); // [b, h, nq, length]
  const row = clipByValue(sub(length - 1, sub(queries, keys)), 0, length - 1); // [1, 1, nq, nk]
  const start = tensor(range(0, b * h * nq), [b, h, nq, 1]);
  return lookUp(all, cast(add(mul(start, length), row), 'int32'), [b, h, nq, nk]);
}

/** Cells of a table by their flat index. */
const lookUp = (table: Tensor, cells: Tensor, shape: number[]): Tensor =>
  reshape(gatherRows(reshape(table, [-1, 1]), reshape(cells, [-1])), shape);

/** Float 0 or 1, [b|1, h|1, nq, nk]: the mask, or the layout, or all; with the blocks that were chosen at run time. */
function pairsOfMask(
  { mask, layout, selected, blockSize = layout?.blockSize ?? 64 }: SparseAttentionOptions,
  { nq, nk }: Pairs,
  queryOffset: number,
): Tensor {
  const fixed = (): Tensor => {
    if (layout) return tensor(pairsOfLayout(layout), [layout.batch, layout.heads, nq, nk]);
    if (mask)
      return tensor(Float32Array.from(denseMask(mask, { queryLength: nq, keyLength: nk, queryOffset })), [mask.batch, mask.heads, nq, nk]);
    return fill([1, 1, nq, nk], selected ? 0 : 1);
  };
  if (!selected) return fixed();
  const [sb = 1, sh = 1, queryBlocks = 0, width = 0] = selected.shape;
  const blocks = Int32Array.from({ length: nk }, (_, key) => Math.floor(key / blockSize));
  const hit = cast(equal(expandDims(selected, 4), tensor(blocks, [1, 1, 1, 1, nk], 'int32')), 'float32');
  const byBlock = clipByValue(sum(reshape(hit, [sb * sh, queryBlocks, width, nk]), 2), 0, 1);
  const byQuery = reshape(tile(expandDims(byBlock, 2), [1, 1, blockSize, 1]), [sb, sh, queryBlocks * blockSize, nk]);
  return maximum(fixed(), slice(byQuery, [0, 0, 0, 0], [sb, sh, nq, nk]));
}

function pairsOfLayout({ blockSize, queryLength, keyLength, batch, heads, offsets, entries, tiles, bitmaps }: BlockLayout): Float32Array {
  const pairs = new Float32Array(batch * heads * queryLength * keyLength);
  const queryBlocks = Math.ceil(queryLength / blockSize);
  const words = Math.ceil(blockSize / 32);
  for (let list = 0; list + 1 < offsets.length; list++) {
    const plane = Math.floor(list / queryBlocks);
    const firstQuery = (list % queryBlocks) * blockSize;
    for (let at = offsets[list] as number; at < (offsets[list + 1] as number); at++) {
      const firstKey = (entries[at] as number) * blockSize;
      for (let query = firstQuery; query < Math.min(firstQuery + blockSize, queryLength); query++) {
        for (let key = firstKey; key < Math.min(firstKey + blockSize, keyLength); key++) {
          const word = ((tiles[at] as number) * blockSize + query - firstQuery) * words + ((key - firstKey) >> 5);
          const seen = tiles[at] === -1 || (((bitmaps[word] as number) >>> (key - firstKey)) & 1) === 1;
          pairs[(plane * queryLength + query) * keyLength + key] = seen ? 1 : 0;
        }
      }
    }
  }
  return pairs;
}

function apply(term: ScoreTerm, scores: Tensor, pairs: Pairs, layoutOf: () => BlockLayout): Applied {
  const { b, h, nq, nk, queries, keys } = pairs;
  const perHead = (values: Tensor): Tensor => reshape(values, [1, h, 1, 1]);
  switch (term.kind) {
    case 'bias':
      return { scores: add(scores, term.bias) };
    case 'blockBias':
      return { scores: add(scores, biasOfBlocks(term.bias, layoutOf(), nq, nk)) };
    case 'distanceBias': {
      const [heads = 1, columns = 0] = term.table.shape;
      const column = clipByValue(add(sub(keys, queries), term.center), 0, columns - 1);
      const start = tensor(range(0, heads), [1, heads, 1, 1]);
      const [pb = 1, ph = 1] = column.shape;
      const cells = add(mul(start, columns), column);
      return { scores: add(scores, lookUp(term.table, cast(cells, 'int32'), [pb, Math.max(heads, ph), nq, nk])) };
    }
    case 'cellBias': {
      const [heads = 1, size = 1] = term.table.shape;
      const cells = Int32Array.from({ length: heads * nq * nk }, (_, at) => {
        const head = Math.floor(at / (nq * nk));
        const query = Math.floor(at / nk) % nq;
        return (head * size + (query % size)) * size + ((at % nk) % size);
      });
      return { scores: add(scores, lookUp(term.table, tensor(cells, [cells.length], 'int32'), [1, heads, nq, nk])) };
    }
    case 'alibi':
      return { scores: sub(scores, mul(perHead(term.slopes), abs(sub(queries, keys)))) };
    case 'softCap':
      return { scores: mul(tanh(div(scores, term.cap)), term.cap) };
    case 'keyLengths':
      return {
        scores,
        visible: cast(less(tensor(range(0, nk), [1, 1, 1, nk]), reshape(cast(term.lengths, 'float32'), [b, 1, 1, 1])), 'float32'),
      };
    case 'spanRamp': {
      const share = clipByValue(div(sub(add(perHead(term.span), term.ramp), abs(sub(queries, keys))), term.ramp), 0, 1);
      return { scores: add(scores, log(maximum(share, 1e-30))), visible: step(share) };
    }
    case 'originalPositions': {
      const real = logicalAnd(greaterEqual(queries, 0), greaterEqual(keys, 0));
      const visible = cast(term.causal ? logicalAnd(real, lessEqual(keys, queries)) : real, 'float32');
      if (term.selfScore === undefined) return { scores, visible };
      const own = cast(equal(queries, keys), 'float32');
      return { scores: add(mul(scores, sub(1, own)), mul(own, term.selfScore)), visible };
    }
    case 'relativePositions':
    case 'attentionDropout':
      return { scores };
  }
}

/** The tiles of the listed blocks, written into one table. */
function biasOfBlocks(bias: Tensor, layout: BlockLayout, nq: number, nk: number): Tensor {
  const { blockSize, batch, heads, offsets, entries } = layout;
  const queryBlocks = Math.ceil(nq / blockSize);
  const cells = new Int32Array(batch * heads * nq * nk);
  for (let list = 0; list + 1 < offsets.length; list++) {
    const plane = Math.floor(list / queryBlocks);
    const firstQuery = (list % queryBlocks) * blockSize;
    for (let at = offsets[list] as number; at < (offsets[list + 1] as number); at++) {
      const firstKey = (entries[at] as number) * blockSize;
      for (let query = firstQuery; query < Math.min(firstQuery + blockSize, nq); query++) {
        for (let key = firstKey; key < Math.min(firstKey + blockSize, nk); key++) {
          cells[(plane * nq + query) * nk + key] = (at * blockSize + query - firstQuery) * blockSize + key - firstKey;
        }
      }
    }
  }
  return lookUp(bias, tensor(cells, [cells.length], 'int32'), [batch, heads, nq, nk]);
}

/** The rule of attention dropout, pair by pair. */
function keptPairs(term: Extract<ScoreTerm, { kind: 'attentionDropout' }>, { b, h, nq, nk }: Pairs): Tensor {
  const { query, key, threshold, gain } = dropoutTables(term, b * h * nq, nk);
  const prime = 2039;
  const kept = Float32Array.from({ length: b * h * nq * nk }, (_, at) => {
    const i = Math.floor(at / nk);
    const j = at % nk;
    const x = ((query.factor[i] as number) * (key.factor[j] as number) + (query.shift[i] as number) + (key.shift[j] as number)) % prime;
    const y = (((x * x) % prime) * x + (query.lateShift[i] as number) + (key.lateShift[j] as number)) % prime;
    return y >= threshold ? gain : 0;
  });
  return tensor(kept, [b, h, nq, nk]);
}
