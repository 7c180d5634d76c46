import { dims, type Padding } from '@longspan/core-tensor';
import { ConfigError, requireKind, ShapeError, show } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { checkPadding } from '@longspan/core-tensor/layer';
import type { Span } from '@longspan/core-tensor/layout';
import { cast, expandDims, reshape, slice, Tensor, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { type Groups, groupsFromBoundaries } from '../groups/groups.ts';
import { derivedPadding } from '../padding/derived-padding.ts';
import type { FunnelContext } from './config.ts';

/** What attention must know of the vectors of a sequence besides their numbers. */
export interface FunnelSequence {
  /** Where the first vector stands, tokens. */
  readonly first: number;
  /** From each vector to the next, tokens. */
  readonly step: number;
  readonly length: number;
  /** float32 [b, n]: 0 or 1 for the segment of a vector, 2 for <cls>, which is of the same segment as every token. */
  readonly types: Tensor;
  readonly padding: Padding | undefined;
}

export interface FunnelPoolingOptions {
  /** Whether vector 0 is <cls>, which is pooled with nothing else. */
  readonly keepCls: boolean;
  /** With a separate <cls>: drop the last vector first, so that an even length halves exactly. */
  readonly truncate: boolean;
}

/** Throws where x or the context does not fit. */
export function checkFunnel(caller: string, width: number, x: Tensor, { padding, tokenTypes }: FunnelContext): void {
  dims(caller, { x: [x, `b n ${width}:float32`] });
  const [batch, length] = x.shape as [number, number, number];
  checkPadding(caller, padding, { batch, length });
  if (tokenTypes === undefined) return;
  if (tokenTypes instanceof Tensor) {
    dims(caller, { 'context.tokenTypes': [tokenTypes, `${batch} ${length}:int32`] });
    return;
  }
  requireKind(caller, 'context.tokenTypes', tokenTypes, 'list');
  for (const row of tokenTypes) requireKind(caller, 'each row of context.tokenTypes', row, 'list');
  const wrong = tokenTypes.findIndex((row) => row.length !== length);
  if (tokenTypes.length !== batch || wrong >= 0) {
    throw new ShapeError({
      caller,
      problem: 'context.tokenTypes must have one row for each batch row and one number for each vector.',
      expected: `${batch} rows of ${length} numbers  (set by x)`,
      got: wrong >= 0 ? `row ${wrong} with ${tokenTypes[wrong]?.length} numbers` : `${tokenTypes.length} rows`,
      remedy: 'give the token types of this batch.',
    });
  }
  for (const [row, types] of tokenTypes.entries()) {
    const at = Array.from(types).findIndex((type) => type !== 0 && type !== 1 && type !== 2);
    if (at < 0) continue;
    throw new ConfigError({
      caller,
      problem: 'every token type must be 0 or 1 (a segment) or 2 (<cls>).',
      expected: '0, 1 or 2',
      got: `${show(types[at])} (row ${row}, vector ${at})`,
      remedy: 'write context.tokenTypes with these numbers only.',
    });
  }
}

/** The tokens themselves, from position 0. */
export function tokenSequence(x: Tensor, { padding, tokenTypes }: FunnelContext): FunnelSequence {
  const [batch, length] = x.shape as [number, number, number];
  return { first: 0, step: 1, length, types: typesOf(tokenTypes, [batch, length]), padding };
}

function typesOf(given: FunnelContext['tokenTypes'], shape: [number, number]): Tensor {
  if (given === undefined) return zeros(shape);
  return given instanceof Tensor ? cast(given, 'float32') : tensor2d(Float32Array.from(given.flatMap((row) => Array.from(row))), shape);
}

/** A run of the vectors. */
export function partOf({ first, step, types, padding }: FunnelSequence, { start, end }: Span): FunnelSequence {
  const length = end - start;
  const isWhole = length === types.shape[1];
  return {
    first: first + start * step,
    step,
    length,
    types: isWhole ? types : slice(types, [0, start], [types.shape[0] as number, length]),
    padding:
      padding === undefined || isWhole
        ? padding
        : derivedPadding(padding, `${start} to ${end}`, length, (row, at) => padding.isToken(row, start + at)),
  };
}

/** How many vectors of a sequence take part in the pooling. */
export const pooledFrom = (length: number, { keepCls, truncate }: FunnelPoolingOptions): number =>
  keepCls && truncate && length > 1 ? length - 1 : length;

/**
 * The groups that Funnel pools: pairs, the last one alone where the number is odd; with a separate <cls> that one alone, and pairs
 * after it.
 * @param length of the vectors that take part: see `pooledFrom`
 */
export function funnelGroups(length: number, { keepCls }: FunnelPoolingOptions): Groups {
  const offsets = [0];
  for (let end = keepCls ? 1 : 2; offsets.at(-1) !== length; end += 2) offsets.push(Math.min(end, length));
  return groupsFromBoundaries(offsets);
}

/** The sequence after pooling: each group stands where its first vector stood, and is padding where any of them is. */
export function pooledSequence(
  { first, step, types, padding }: FunnelSequence,
  groups: Groups,
  { keepCls }: FunnelPoolingOptions,
): FunnelSequence {
  const { offsets, count } = groups;
  const startOf = (group: number): number => offsets[group] as number;
  const allTokens = (of: Padding) => (row: number, group: number) =>
    Array.from({ length: startOf(group + 1) - startOf(group) }, (_, nth) => startOf(group) + nth).every((at) => of.isToken(row, at));
  return {
    // <cls> is shifted back, so that all positions stay evenly spaced: 1 − 2, 1 − 4, …
    first: keepCls && count > 1 ? first - step : first,
    step: 2 * step,
    length: count,
    types: reshape(
      reorderRows(
        expandDims(types, 2),
        Int32Array.from({ length: count }, (_, group) => startOf(group)),
      ),
      [-1, count],
    ),
    padding: padding && derivedPadding(padding, `Funnel groups ${keepCls} of ${groups.length}`, count, allTokens(padding)),
  };
}
