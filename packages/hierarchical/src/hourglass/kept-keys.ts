import { dims, type LayerState, type Lens } from '@longspan/core-tensor';
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

/** Without a cache the state is empty, and nothing is kept. @shape keys, values [b, h, n, d] */
export function keysSoFar(caller: string, state: Lens<Tensor | number>, keys: Tensor, values: Tensor): KeysSoFar {
  const [batch, heads, , headDim] = keys.shape;
  const past = keyStates.map((name) => state.find(name)) as (Tensor | undefined)[];
  const letters = `?${batch} ${heads} kept ${headDim}:float32` as const;
  const { kept = 0 }: { kept?: number } = dims(caller, { 'state.keys': [past[0], letters], 'state.values': [past[1], letters] });
  const all = [keys, values].map((each, at) => {
    const before = past[at];
    return before === undefined ? each : concat([before, each], 2);
  }) as [Tensor, Tensor];
  return {
    keys: all[0],
    values: all[1],
    before: kept,
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
