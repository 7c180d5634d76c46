import type { Lens } from '@longspan/core-tensor';
import { stateCount, stateTensors } from '@longspan/core-tensor/layer';
import { concat, type Tensor, zeros } from '@tensorflow/tfjs-core';

/** What a layer with a cache kept of the tokens before x. */
export interface CachedTokens {
  readonly position: number;
  /** [b, h, position, d] and [b, h, position, dv]; undefined before the first token. */
  readonly queryKeys: Tensor | undefined;
  readonly values: Tensor | undefined;
  /** Int32 [b, h, rounds, position]. */
  readonly buckets: Tensor | undefined;
}

/** Throws unless the state is one that the layer gave for as many batch rows. */
export function cachedTokens(
  state: Lens<Tensor | number>,
  { batch, heads, headDim, rounds }: { readonly batch: number; readonly heads: number; readonly headDim: number; readonly rounds: number },
): CachedTokens {
  const position = stateCount(state, 'position');
  const tokens = `${batch} ${heads} ${position} ${headDim}:float32`;
  const shapes = { queryKeys: tokens, values: tokens, buckets: `${batch} ${heads} ${rounds} ${position}:int32` };
  return { position, ...stateTensors(state, shapes, position > 0) };
}

/** Those before and these along an axis. */
export const joined = (before: Tensor | undefined, now: Tensor, axis: number): Tensor =>
  before === undefined ? now : concat([before, now], axis);

/** With zeros up to that length along an axis. */
export function filledTokens(x: Tensor, length: number, axis = 2): Tensor {
  const missing = length - (x.shape[axis] as number);
  if (missing === 0) return x;
  const shape = x.shape.map((size, at) => (at === axis ? missing : size));
  return concat([x, zeros(shape, x.dtype)], axis);
}
