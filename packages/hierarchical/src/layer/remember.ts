import type { Groups } from '../groups/groups.ts';

/** What is made from groups, once for each: a mask, whose layouts are cached by its identity. */
export function rememberByGroups<Value>(make: (groups: Groups) => Value): (groups: Groups) => Value {
  const known = new WeakMap<Groups, Value>();
  return (groups) => {
    const found = known.get(groups);
    if (found !== undefined) return found;
    const made = make(groups);
    known.set(groups, made);
    return made;
  };
}
