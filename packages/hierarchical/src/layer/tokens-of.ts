import { dims } from '@longspan/core-tensor';
import { ShapeError } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Groups } from '../groups/groups.ts';

export interface TokenSizes {
  readonly batch: number;
  readonly length: number;
  readonly width: number;
}

/** The sizes of a sequence of vectors, which must be that wide where a width is given. */
export function tokensOf(caller: string, name: string, x: Tensor, width?: number): TokenSizes {
  dims(caller, { [name]: [x, `b n ${width ?? 'c'}:float32`] });
  const [batch, length, features] = x.shape as [number, number, number];
  return { batch, length, width: features };
}

/** Throws unless the sequence has as many vectors as the groups have members, or as there are groups. */
export function requireLength(caller: string, name: string, x: Tensor, what: 'members' | 'groups', { length, count }: Groups): void {
  const wanted = what === 'members' ? length : count;
  if (x.shape[1] === wanted) return;
  throw new ShapeError({
    caller,
    problem: `${name} does not fit the groups.`,
    expected: `[b, ${wanted}, c]  (one vector for each of the ${what})`,
    got: `[${x.shape.join(', ')}]`,
    remedy: `make groups for this sequence, or check ${name}.`,
  });
}
