import type { LayerState, Lens } from '@longspan/core-tensor';
import { stateTensors } from '@longspan/core-tensor/layer';
import { concat, slice, type Tensor, zeros } from '@tensorflow/tfjs-core';

/** The names of the state of the levels below one. */
export const groupStates: readonly string[] = ['pending', 'last'];

/** Groups of vectors that come a few at a time. Group g ends with the vector g · factor: what comes before vector 0 counts as zeros. */
export interface GroupsSoFar {
  /** [b, groups · factor, width]: the members of the groups that end with a vector of this call; undefined where none does. */
  readonly members: Tensor | undefined;
  /** How many groups have ended with a vector of calls before, and how many of them were finished: all their vectors were there. */
  readonly ended: number;
  readonly finished: number;
  /** At which place of its group the first vector stands, for upsampling: vector t belongs to group ⌊t / factor⌋. */
  readonly place: number;
  /** [b, 1, width]: what the levels below made of that group in an earlier call; undefined where it is of this one. */
  readonly held: Tensor | undefined;
  /** State for the next call. @param made [b, groups, width]: what the levels below made of the members */
  next(made: Tensor | undefined): LayerState;
}

/** @param position how many vectors calls before had @shape x [b, n, width] */
export function groupsSoFar(state: Lens<Tensor | number>, x: Tensor, factor: number, position: number): GroupsSoFar {
  const [batch, length, width] = x.shape as [number, number, number];
  const end = position + length;
  const waiting = (position + factor - 1) % factor;
  const given = stateTensors(state, { pending: `${batch} ${waiting} ${width}:float32` }, position > 0 && waiting > 0);
  const pending = position === 0 ? zeros([batch, factor - 1, width]) : given.pending;
  const held = stateTensors(state, { last: `${batch} 1 ${width}:float32` }, position % factor > 0).last;
  const line = pending === undefined ? x : concat([pending, x], 1);
  const grouped = Math.floor((waiting + length) / factor) * factor;
  return {
    members: grouped === 0 ? undefined : slice(line, [0, 0, 0], [batch, grouped, width]),
    ended: Math.ceil(position / factor),
    finished: Math.floor(position / factor),
    place: position % factor,
    held,
    next(made) {
      const left = waiting + length - grouped;
      const latest = made ?? held;
      return {
        ...(left === 0 ? {} : { pending: slice(line, [0, grouped, 0], [batch, left, width]) }),
        ...(end % factor === 0 || latest === undefined
          ? {}
          : { last: slice(latest, [0, (latest.shape[1] as number) - 1, 0], [batch, 1, width]) }),
      };
    },
  };
}
