import type { Tensor } from '@tensorflow/tfjs-core';
import { requireInteger, requireKind } from '../error/index.ts';
import type { Lens } from './lens.ts';

/** What a state holds, which may come from a file: nothing of it is taken on trust. */
type StateLens = Pick<Lens<Tensor | number>, 'caller' | 'find'>;

/**
 * The tensor of that name in a state; undefined where there is none.
 * @throws ConfigError where something else stands there
 */
export function stateTensor(state: StateLens, name: string): Tensor | undefined {
  const found = state.find(name);
  if (found === undefined) return undefined;
  requireKind(state.caller, `state.${name}`, found, 'tensor');
  return found as Tensor;
}

/** The largest position of a token in its sequence: sums of a few of them are int32. */
export const lastPosition: number = 2 ** 30;

/**
 * A count of tokens in a state; 0 where there is none.
 * @throws ConfigError where it is no integer from 0 to {@link lastPosition}
 */
export function stateCount(state: StateLens, name: string): number {
  const found = state.find(name) ?? 0;
  requireInteger(state.caller, { [`state.${name}`]: found }, 0, { atMost: lastPosition });
  return found as number;
}
