import type { LayerState, Lens } from '@longspan/core-tensor';
import { stateTensors } from '@longspan/core-tensor/layer';
import { clone, concat, slice, type Tensor } from '@tensorflow/tfjs-core';

/** The names of the state of an attention with a cache. */
export const keyStates: readonly string[] = ['keys', 'values'];

/** Keys and values of the calls before and of this one, one after the other. */
export interface KeysSoFar {
  /** [b, h, before + n, d] */
  readonly keys: Tensor;
  readonly values: Tensor;
  /** How many are of calls before. */
  readonly before: number;
  /** State for the next call: of the first `finished` of them the last `reach`, all by default. */
  next(finished: number, reach?: number | undefined): LayerState;
}

/**
 * Without a cache the state is empty, and nothing is kept.
 * @param seen how many keys calls before have finished, of which `reach` are kept, all by default
 * @shape keys, values [b, h, n, d]
 * @throws ConfigError, ShapeError where the state holds others
 */
export function keysSoFar(
  state: Lens<Tensor | number>,
  keys: Tensor,
  values: Tensor,
  { seen = 0, reach = seen }: { readonly seen?: number | undefined; readonly reach?: number | undefined },
): KeysSoFar {
  const [batch, heads, , headDim] = keys.shape;
  const before = Math.min(seen, reach);
  const letters = `${batch} ${heads} ${before} ${headDim}:float32`;
  const past = stateTensors(state, { keys: letters, values: letters }, before > 0);
  const joined = (before: Tensor | undefined, each: Tensor): Tensor => (before === undefined ? each : concat([before, each], 2));
  const all = [joined(past.keys, keys), joined(past.values, values)] as const;
  return {
    keys: all[0],
    values: all[1],
    before,
    next(finished, reach = finished) {
      const start = Math.max(0, finished - reach);
      if (finished === start) return {};
      const [ofKeys, ofValues] = all.map((each) => slice(each, [0, 0, start, 0], [-1, -1, finished - start, -1])) as [Tensor, Tensor];
      return { keys: ofKeys, values: ofValues };
    },
  };
}

/** State that nothing was added to, as tensors of their own. */
export const carried = (state: LayerState): LayerState =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [name, typeof value === 'number' ? value : clone(value)]));
