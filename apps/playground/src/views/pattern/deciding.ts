import type { Mask } from '@longspan/attention-sparse/mask';

/** A part of a mask that settles whether a pair is visible, and which way. */
export interface Verdict {
  readonly isVisible: boolean;
  /** The smallest parts that settle it: one of those that allow, or all that have to forbid. */
  readonly by: readonly Mask[];
}

/** Which parts of an expression decide about a pair. `or` is decided by one that allows, `and` by one that forbids. */
export function deciding(mask: Mask, query: number, key: number): Verdict {
  const isVisible = mask.allows(query, key);
  const { combination } = mask;
  if (combination === undefined || combination.by === 'perHead' || combination.by === 'perBatch') return { isVisible, by: [mask] };
  const verdicts = combination.of.map((part) => deciding(part, query, key));
  if (combination.by === 'not') return { isVisible, by: [mask] };
  const settling = verdicts.filter((each) => each.isVisible === isVisible);
  const isSettledByOne = combination.by === 'or' ? isVisible : !isVisible;
  // Of those that settle it alone, the one that says most with least.
  const [least] = [...settling].sort((left, right) => left.by.length - right.by.length);
  return { isVisible, by: isSettledByOne && least !== undefined ? least.by : settling.flatMap(({ by }) => by) };
}
