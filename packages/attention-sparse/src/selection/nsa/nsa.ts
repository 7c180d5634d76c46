import { type AttentionResult, dims, type Parameters } from '@longspan/core-tensor';
import { ConfigError, requireGiven, requireInteger, requireKeyHeads, requireKnown, requireScale } from '@longspan/core-tensor/error';
import { defineOp, maskedScore, type Op, requireFilled } from '@longspan/core-tensor/kernel';
import { addN, expandDims, fill, mul, reshape, sigmoid, split, type Tensor, tensor2d, tidy, tile, zeros } from '@tensorflow/tfjs-core';
import { attend } from '../../attention/attend.ts';
import { queryOffsetOf } from '../../attention/query-offset.ts';
import { slidingWindow } from '../../mask/index.ts';
import { chunkAttention } from '../by-chunk/chunk-attention.ts';
import { decided } from '../scoring/decided.ts';
import { requiredScore, selectBest } from '../scoring/select-best.ts';
import { withoutGradient } from '../scoring/without-gradient.ts';
import { type ImportanceOptions, importance } from './importance.ts';
import { wholeWindowsBefore } from './whole-window.ts';
import { compressWindows, meanOfWindows, type Windows, windowCount } from './windows.ts';

/** Keys [b, hkv, nk, d] and values [b, hkv, nk, dv] of one branch. */
export interface KeysAndValues {
  readonly k: Tensor;
  readonly v: Tensor;
}

/** The three ways in which queries attend to the past. */
export interface NsaBranches {
  readonly compression: KeysAndValues;
  readonly selection: KeysAndValues;
  readonly sliding: KeysAndValues;
  /** Logits [b, h, nq, 3] of how much of each branch comes through, in that order. */
  readonly gates: Tensor;
}

export interface NsaOptions {
  /** Tokens that are compressed to one (l), a multiple of the stride. */
  readonly compressionLength: number;
  /** Tokens from the beginning of one compressed window to the next (d). */
  readonly compressionStride: number;
  /** Tokens of one selection block (l'), a multiple of the stride. */
  readonly selectionLength: number;
  /** Selection blocks that each query attends to (n), the initial and local ones among them. */
  readonly selectedBlocks: number;
  /** How many of the first blocks are always taken; 1 by default. */
  readonly initialBlocks?: number | undefined;
  /** How many of the latest blocks are always taken, the query's own among them; 2 by default. */
  readonly localBlocks?: number | undefined;
  /** Tokens that the sliding branch attends to besides the query's own (w − 1). */
  readonly window: { readonly left: number };
  /** Networks that compress keys and values: records of position, w1, b1, w2 and b2; their means by default. */
  readonly networks?: { readonly keys: Parameters; readonly values: Parameters } | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Query i stands at position queryOffset + i; nk − nq by default. */
  readonly queryOffset?: number | undefined;
}

export interface NsaResult {
  /** [b, h, nq, dv]: the gated sum. */
  readonly out: Tensor;
  /** Each branch before its gate. */
  readonly branches: { readonly compression: Tensor; readonly selection: Tensor; readonly sliding: Tensor };
  /** Int32 [b, hkv, nq, min(selectedBlocks, blocks)], ascending, −1 where fewer are visible. */
  readonly selected: Tensor;
}

/**
 * Native Sparse Attention, the form of its paper: compressed windows of the whole past, whole blocks that the compressed attention finds
 * important, and a sliding window, each with keys and values of its own, gated and added up. Causal. The choice has no gradient. One query
 * against the keys so far gives the row that one call over all tokens would give.
 * @shape q [b, h, nq, d], h a multiple of hkv; see NsaBranches
 * @throws ShapeError when the inputs do not fit, or there are fewer keys than queries; ConfigError when a size is none, the stride does
 *   not divide the lengths, or a query stands beyond the keys
 * @cost O(nq · (nk / stride + selectedBlocks · selectionLength + window.left) · d) time; memory of selectedBlocks copies of some queries at a
 *   time
 * @source Yuan et al. 2025 (arXiv 2502.11089) §3
 * @example
 * const x = ones([1, 1, 8, 4]);
 * const branch = { k: x, v: x };
 * const sizes = { compressionLength: 2, compressionStride: 2, selectionLength: 4, selectedBlocks: 2, initialBlocks: 0, localBlocks: 1, window: { left: 1 } };
 * const branches = { compression: branch, selection: branch, sliding: branch, gates: zeros([1, 1, 8, 3]) };
 * const { out } = nsaAttention(x, branches, sizes);
 * (await out.array())[0][0].map(([first]) => first); // => [1, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5]
 */
export function nsaAttention(q: Tensor, branches: NsaBranches, options: NsaOptions): NsaResult {
  const caller = 'nsaAttention';
  checkOptions(caller, options);
  checkBranches(caller, branches);
  const { compression, selection, sliding, gates } = branches;
  const { b, h, hkv, nq, nk, d, dv } = dims(caller, {
    q: [q, 'b h nq d:float32'],
    'compression.k': [compression.k, 'b hkv nk d:float32'],
    'compression.v': [compression.v, 'b hkv nk dv:float32'],
    'selection.k': [selection.k, 'b hkv nk d:float32'],
    'selection.v': [selection.v, 'b hkv nk dv:float32'],
    'sliding.k': [sliding.k, 'b hkv nk d:float32'],
    'sliding.v': [sliding.v, 'b hkv nk dv:float32'],
    gates: [gates, 'b h nq 3:float32'],
  });
  requireFilled(caller, { b, h, hkv, nq, nk, d, dv });
  requireKeyHeads(caller, { h, hkv });
  const { selectionLength, window, scale } = options;
  const place = { queryOffset: queryOffsetOf(caller, options.queryOffset, { nq, nk }), keyLength: nk };
  return tidy(() => {
    const windows = windowsOf(options);
    const overview =
      windowCount(nk, windows) === 0 ? nothingSeen([b, h, nq], compression, options) : attendWindows(q, compression, place, options);
    const [selected] = withoutGradient([q, overview.keys, overview.logSumExp], (queries, keys, logSumExp) => [
      choose(queries, keys, logSumExp, place, options),
    ]);
    const ofHead = reshape(tile(expandDims(selected, 2), [1, 1, h / hkv, 1, 1]), [b, h, nq, -1]);
    const found = chunkAttention(q, selection.k, selection.v, {
      selected: ofHead,
      chunkSize: selectionLength,
      scale,
      causal: true,
      queryOffset: place.queryOffset,
    });
    const near = attend(q, sliding.k, sliding.v, { mask: slidingWindow({ left: window.left }), queryOffset: place.queryOffset, scale });
    const outs = { compression: overview.out, selection: found.out, sliding: near.out };
    const weights = split(sigmoid(gates), 3, 3);
    const out = addN(Object.values(outs).map((branch, at) => mul(branch, weights[at] as Tensor)));
    return { out, branches: outs, selected };
  });
}

/**
 * How much attention each selection block gets from each query through the compressed windows: what `nsaAttention` chooses by. No
 * gradient flows through it.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]: the keys of the compressed branch
 * @returns [b, hkv, nq, blocks], summed over the query heads of a key head
 * @throws ShapeError, ConfigError as nsaAttention
 * @cost O(nq · nk / stride · d) time; nq · (nk / stride + blocks) numbers: made for inspecting short sequences
 * @source Yuan et al. 2025 (arXiv 2502.11089) eq. 8 to 10
 * @example
 * const x = ones([1, 1, 4, 8]);
 * const sizes = { compressionLength: 2, compressionStride: 2, selectionLength: 2, selectedBlocks: 1, initialBlocks: 0, localBlocks: 1, window: { left: 0 } };
 * (await nsaImportance(x, x, sizes).array())[0][0]; // => [[0, 0], [1, 0], [1, 0], [0.5, 0.5]]
 */
export function nsaImportance(q: Tensor, k: Tensor, options: NsaOptions): Tensor {
  const caller = 'nsaImportance';
  checkOptions(caller, options);
  const { b, h, hkv, nq, nk, d } = dims(caller, { q: [q, 'b h nq d:float32'], k: [k, 'b hkv nk d:float32'] });
  requireFilled(caller, { b, h, hkv, nq, nk, d });
  requireKeyHeads(caller, { h, hkv });
  const place = { queryOffset: queryOffsetOf(caller, options.queryOffset, { nq, nk }), keyLength: nk };
  const sizes = importanceSizes(place, q.shape[3] as number, options);
  if (windowCount(nk, sizes.windows) === 0) return zeros([b, hkv, nq, sizes.blocks]);
  return tidy(() => {
    const [weights] = withoutGradient([q, k], (queries, keys) => {
      const { keys: compressed, logSumExp } = attendWindows(queries, { k: keys, v: keys }, place, options);
      return [importance({ q: queries, compressed, logSumExp }, sizes, 0, nq)];
    });
    return weights;
  });
}

const windowsOf = ({ compressionLength, compressionStride }: NsaOptions): Windows => ({
  length: compressionLength,
  stride: compressionStride,
});

/** Where the queries stand among the keys. */
interface Place {
  readonly queryOffset: number;
  readonly keyLength: number;
}

const importanceSizes = ({ queryOffset, keyLength }: Place, headDim: number, options: NsaOptions): ImportanceOptions => ({
  windows: windowsOf(options),
  blockLength: options.selectionLength,
  blocks: Math.ceil(keyLength / options.selectionLength),
  queryOffset,
  scale: options.scale ?? 1 / Math.sqrt(headDim),
});

interface Overview extends AttentionResult {
  /** [b, hkv, windows, d] */
  readonly keys: Tensor;
}

/** The compressed branch. */
function attendWindows(q: Tensor, { k, v }: KeysAndValues, { queryOffset }: Place, options: NsaOptions): Overview {
  const windows = windowsOf(options);
  const compress = (x: Tensor, network: Parameters | undefined, name: string): Tensor =>
    network === undefined ? meanOfWindows(x, windows) : compressWindows(x, windows, network, `nsaAttention networks.${name}`);
  const keys = compress(k, options.networks?.keys, 'keys');
  const values = compress(v, options.networks?.values, 'values');
  return { ...attend(q, keys, values, { mask: wholeWindowsBefore(windows), queryOffset, scale: options.scale }), keys };
}

const unread: Op<readonly Tensor[], [Tensor], { readonly shape: readonly number[] }> = defineOp({
  name: 'LongspanUnread',
  forward: (_: readonly Tensor[], { shape }: { readonly shape: readonly number[] }): [Tensor] => [zeros([...shape])],
  save: { inputs: [] },
});

/** The compressed branch of a sequence shorter than a window: zeros, and zeros as the gradients of what it would have read. */
function nothingSeen([batch, heads, tokens]: readonly [number, number, number], { k, v }: KeysAndValues, options: NsaOptions): Overview {
  const networks = Object.values(options.networks ?? {}).flatMap((network: Parameters) => Object.values(network));
  return {
    out: unread([k, v, ...networks], { shape: [batch, heads, tokens, v.shape[3] as number] })[0],
    logSumExp: fill([batch, heads, tokens], Number.NEGATIVE_INFINITY),
    keys: zeros([batch, k.shape[1] as number, 0, k.shape[3] as number]),
  };
}

/** @returns int32 [b, hkv, nq, min(selectedBlocks, blocks)] */
function choose(q: Tensor, keys: Tensor, logSumExp: Tensor, place: Place, options: NsaOptions): Tensor {
  const [batch = 0, , tokens = 0, headDim = 0] = q.shape;
  const [, keyHeads = 0, windows = 0] = keys.shape;
  const sizes = importanceSizes(place, headDim, options);
  const { blocks } = sizes;
  // Windows are many more than blocks, and what is at hand at a time, twice over.
  const candidates = Math.max(blocks, (2 * windows * (q.shape[1] as number)) / keyHeads);
  return selectBest(
    { rows: batch * keyHeads, queries: tokens, candidates: blocks, count: options.selectedBlocks, numbersPerQuery: candidates },
    (from, to) => {
      const forced = candidacy(from + place.queryOffset, to + place.queryOffset, blocks, options);
      if (windows === 0) return decided(zeros([batch, keyHeads, to - from, blocks]), forced);
      return decided(importance({ q, compressed: keys, logSumExp }, sizes, from, to), forced);
    },
  );
}

/** Of queries at positions from … to: the initial and the latest blocks always, blocks that begin after the query never. @shape [to − from, blocks] */
function candidacy(from: number, to: number, blocks: number, { selectionLength, initialBlocks = 1, localBlocks = 2 }: NsaOptions): Tensor {
  const table = new Float32Array((to - from) * blocks);
  for (let query = from; query < to; query++) {
    const own = Math.floor(query / selectionLength);
    const row = (query - from) * blocks;
    table.fill(requiredScore, row, row + Math.min(initialBlocks, own + 1));
    table.fill(requiredScore, row + Math.max(0, own + 1 - localBlocks), row + own + 1);
    table.fill(maskedScore, row + own + 1, row + blocks);
  }
  return tensor2d(table, [to - from, blocks]);
}

function checkBranches(caller: string, branches: NsaBranches): void {
  requireKnown(`${caller} branches`, branches, { compression: true, selection: true, sliding: true, gates: true });
  const { compression, selection, sliding, gates } = branches;
  for (const [name, branch] of Object.entries({ compression, selection, sliding })) {
    requireKnown(`${caller} branches.${name}`, branch, { k: true, v: true });
    requireGiven(caller, `branches.${name}.k`, branch.k, 'keys [b, hkv, nk, d]');
    requireGiven(caller, `branches.${name}.v`, branch.v, 'values [b, hkv, nk, dv]');
  }
  requireGiven(caller, 'branches.gates', gates, 'logits [b, h, nq, 3]');
}

function checkOptions(caller: string, options: NsaOptions): void {
  requireKnown(caller, options, {
    compressionLength: true,
    compressionStride: true,
    selectionLength: true,
    selectedBlocks: true,
    initialBlocks: true,
    localBlocks: true,
    window: true,
    networks: true,
    scale: true,
    queryOffset: true,
  });
  const { compressionLength, compressionStride, selectionLength, selectedBlocks, initialBlocks = 1, localBlocks = 2, window } = options;
  requireInteger(caller, { compressionLength, compressionStride, selectionLength, selectedBlocks }, 1);
  requireScale(caller, options.scale);
  requireKnown(`${caller} window`, window, { left: true });
  if (options.networks !== undefined) requireKnown(`${caller} networks`, options.networks, { keys: true, values: true });
  requireInteger(caller, { initialBlocks, localBlocks, 'window.left': window.left }, 0);
  for (const [name, length] of Object.entries({ compressionLength, selectionLength })) {
    if (length % compressionStride === 0) continue;
    throw new ConfigError({
      caller,
      problem: `${name} must be a multiple of compressionStride.`,
      expected: `${name} a multiple of ${compressionStride} (compressionStride)`,
      got: String(length),
      remedy: "use the paper's sizes: compressionLength 32, compressionStride 16, selectionLength 64.",
    });
  }
  if (initialBlocks + localBlocks > selectedBlocks) {
    throw new ConfigError({
      caller,
      problem: 'selectedBlocks must be at least initialBlocks + localBlocks.',
      expected: `initialBlocks + localBlocks of at most ${selectedBlocks} (selectedBlocks)`,
      got: `${initialBlocks} + ${localBlocks}`,
      remedy: 'take more blocks, or force fewer.',
    });
  }
}
