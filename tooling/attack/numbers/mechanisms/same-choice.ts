import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';

const chosen = new WeakMap<Case, Map<string, Loose>>();

/** The same choice each time a case asks for it: a layer is made more than once, and has to be the same layer. */
export function sameChoice(c: Case, choices: readonly Loose[]): Loose {
  const own = chosen.get(c) ?? new Map<string, Loose>();
  chosen.set(c, own);
  const choice = JSON.stringify(choices);
  if (!own.has(choice)) own.set(choice, c.rng.pick(choices));
  return own.get(choice);
}
