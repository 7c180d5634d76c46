import type { Tensor } from '@tensorflow/tfjs-core';
import type { Key } from '../../key/index.ts';

/**
 * One step that turns the scaled score of a query and a key into another, or that decides whether the pair is visible.
 * Terms are values: made by the functions below, applied in the order of the list. A term holds tensors only in its own
 * fields, so that their gradients can be found.
 */
export type ScoreTerm =
  | BiasTerm
  | BlockBiasTerm
  | DistanceBiasTerm
  | CellBiasTerm
  | AlibiTerm
  | SoftCapTerm
  | RelativePositionsTerm
  | KeyLengthsTerm
  | SpanRampTerm
  | AttentionDropoutTerm
  | OriginalPositionsTerm;

export interface BiasTerm {
  readonly kind: 'bias';
  readonly bias: Tensor;
}
export interface BlockBiasTerm {
  readonly kind: 'blockBias';
  readonly bias: Tensor;
}
export interface DistanceBiasTerm {
  readonly kind: 'distanceBias';
  readonly table: Tensor;
  readonly center: number;
}
export interface CellBiasTerm {
  readonly kind: 'cellBias';
  readonly table: Tensor;
}
export interface AlibiTerm {
  readonly kind: 'alibi';
  readonly slopes: Tensor;
}
export interface SoftCapTerm {
  readonly kind: 'softCap';
  readonly cap: number;
}
export interface RelativePositionsTerm {
  readonly kind: 'relativePositions';
  readonly r: Tensor;
  readonly u: Tensor;
  readonly v: Tensor;
}
export interface KeyLengthsTerm {
  readonly kind: 'keyLengths';
  readonly lengths: Tensor;
}
export interface SpanRampTerm {
  readonly kind: 'spanRamp';
  readonly span: Tensor;
  readonly ramp: number;
}
export interface AttentionDropoutTerm {
  readonly kind: 'attentionDropout';
  readonly key: Key;
  readonly rate: number;
}
export interface OriginalPositionsTerm {
  readonly kind: 'originalPositions';
  readonly query: Tensor;
  readonly key: Tensor;
  readonly causal: boolean;
  readonly selfScore: number | undefined;
}

/**
 * Adds a table of one number per pair, which costs its caller n x n: prefer distanceBias, cellBias or blockBias.
 * @shape tensor [b|1, h|1, nq, nk]
 * @cost 4 · nq · nk bytes for each table; one look-up for each pair of a visited block
 */
export const bias = (tensor: Tensor): BiasTerm => ({ kind: 'bias', bias: tensor });

/**
 * Adds one tile of numbers per listed block of a static layout, in the order of its entries.
 * @shape tensor [entries, blockSize, blockSize]
 * @cost 4 · blockSize² bytes for each visited block
 */
export const blockBias = (tensor: Tensor): BlockBiasTerm => ({ kind: 'blockBias', bias: tensor });

/**
 * Adds a number that depends on the distance alone: `table[head, clamp(key − query + center)]` (T5's bias once its buckets
 * are looked up, and every learned relative bias).
 * @shape table [h|1, distances]
 * @param options.center the column of distance 0
 * @cost one look-up for each pair of a visited block
 */
export const distanceBias = (table: Tensor, { center }: { readonly center: number }): DistanceBiasTerm => ({
  kind: 'distanceBias',
  table,
  center,
});

/**
 * Adds `table[head, query mod size, key mod size]`: the bias of a window that repeats (Swin).
 * @shape table [h|1, size, size]
 * @cost one look-up for each pair of a visited block
 */
export const cellBias = (table: Tensor): CellBiasTerm => ({ kind: 'cellBias', table });

/**
 * Subtracts slope · |query − key|.
 * @shape slopes [h]
 * @cost two operations for each pair of a visited block
 * @source Press et al. 2022 (arXiv 2108.12409) §3; taken symmetric for keys after the query
 */
export const alibi = (slopes: Tensor): AlibiTerm => ({ kind: 'alibi', slopes });

/**
 * Squeezes scores into (−cap, cap): cap · tanh(score / cap).
 * @source Gemma 2 (arXiv 2408.00118) §2
 */
export const softCap = (cap: number): SoftCapTerm => ({ kind: 'softCap', cap });

/**
 * Transformer-XL's relative scores: scale · ((q + u)·k + (q + v)·r). Query position p and key j use row
 * `distances − 1 − (p − j)` of r, clamped at both ends, so the last row is distance 0. Acts on the unscaled score wherever it
 * stands in the list.
 * @shape r [h, distances, d]; u, v [h, d]
 * @cost 2 · d more operations for each pair: of r, 2 · blockSize − 1 rows are read for each visited block
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.3; scaled after the sum, as the authors' code does
 */
export const relativePositions = ({ r, u, v }: { readonly r: Tensor; readonly u: Tensor; readonly v: Tensor }): RelativePositionsTerm => ({
  kind: 'relativePositions',
  r,
  u,
  v,
});

/**
 * Hides keys j ≥ lengths[batch row].
 * @shape lengths int32 [b]
 * @cost one comparison for each pair of a visited block
 */
export const keyLengths = (lengths: Tensor): KeyLengthsTerm => ({ kind: 'keyLengths', lengths });

/**
 * Weighs each key by the soft edge of a learned span: clamp((ramp + span − |query − key|) / ramp, 0, 1), inside the softmax.
 * @shape span [h], tokens
 * @cost four operations for each pair of a visited block
 * @param options.ramp width of the edge, tokens
 * @source Sukhbaatar et al. 2019 (arXiv 1905.07799) eq. 3–5
 */
export const spanRamp = ({ span, ramp }: { readonly span: Tensor; readonly ramp: number }): SpanRampTerm => ({
  kind: 'spanRamp',
  span,
  ramp,
});

/**
 * Drops attention weights after the softmax and scales the kept ones up. Whether a pair is kept depends on the key, the batch
 * row, the head and the two indices alone, so every kernel and the backward pass drop the same pairs.
 * @param options.rate share of weights to drop, 0 ≤ rate < 1; taken to the nearest of 2,039 steps, and scaled by exactly that
 */
export const attentionDropout = ({ key, rate }: { readonly key: Key; readonly rate: number }): AttentionDropoutTerm => ({
  kind: 'attentionDropout',
  key,
  rate,
});

/**
 * Says where queries and keys stood before a sort or a gather. Distances (ALiBi, span, distance bias) are then between these;
 * a negative position is padding, which sees nothing and is not seen.
 * @shape query int32 [b|1, h|1, nq]; key int32 [b|1, h|1, nk]
 * @cost some comparisons for each pair of a visited block
 * @param options.causal hide keys that stood after the query
 * @param options.selfScore the score of a token with itself: a large negative number makes it attend to itself only if it
 *   sees nothing else (Reformer −1e5, local-attention −5e4)
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §2
 */
export const originalPositions = ({
  query,
  key,
  causal = false,
  selfScore,
}: {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly causal?: boolean;
  readonly selfScore?: number;
}): OriginalPositionsTerm => ({ kind: 'originalPositions', query, key, causal, selfScore });
