import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, requireInteger, requireKind } from '../error/index.ts';
import { dims } from '../tensor/dims.ts';
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
 * The tensors of a state that belong together, by name: all of them of the shapes that are given as `dims` takes them.
 * @param present whether they must be there; where it is left out, all or none of them
 * @throws ConfigError where one is missing, or is there and should not be; ShapeError where one does not fit
 */
export function stateTensors<Name extends string>(
  state: StateLens,
  shapes: Readonly<Record<Name, string>>,
  present?: boolean,
): Readonly<Record<Name, Tensor | undefined>> {
  const names = Object.keys(shapes) as Name[];
  const found = Object.fromEntries(names.map((name) => [name, stateTensor(state, name)])) as Readonly<Record<Name, Tensor | undefined>>;
  const wanted = present ?? names.some((name) => found[name] !== undefined);
  const wrong = names.find((name) => (found[name] !== undefined) !== wanted);
  if (wrong !== undefined) {
    throw new ConfigError({
      caller: state.caller,
      problem: wanted ? `the state ${wrong} must be given with the others.` : `the state ${wrong} must be left out before the first call.`,
      expected: wanted ? names.join(', ') : 'none of it yet, by the rest of the state',
      got: wanted ? `a state without ${wrong}` : `a state with ${wrong}`,
      remedy: 'pass the state of the last result as it is.',
    });
  }
  const specs = names.map((name) => [`state.${name}`, [found[name], `?${shapes[name]}`]] as const);
  dims(state.caller, Object.fromEntries(specs));
  return found;
}

/**
 * A count of tokens in a state; 0 where there is none.
 * @throws ConfigError where it is no integer from 0 to {@link lastPosition}
 */
export function stateCount(state: StateLens, name: string): number {
  const found = state.find(name) ?? 0;
  requireInteger(state.caller, { [`state.${name}`]: found }, 0, { atMost: lastPosition });
  return found as number;
}
