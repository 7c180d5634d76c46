import { requireInteger, ShapeError } from '@longspan/core-tensor/error';

/**
 * Where the first query stands among the keys: as given, or so that the last query is the last token. Each query's own key must be there.
 */
export function queryOffsetOf(caller: string, given: number | undefined, { nq, nk }: { readonly nq: number; readonly nk: number }): number {
  if (nq > nk) {
    throw new ShapeError({
      caller,
      problem: 'there must be at least as many keys as queries.',
      expected: `${nq} keys or more  (nq=${nq} was set by q)`,
      got: `nk=${nk}`,
      remedy: 'give the keys of all tokens up to the last query.',
    });
  }
  const queryOffset = given ?? nk - nq;
  requireInteger(caller, { queryOffset }, 0, { atMost: nk - nq, remedy: 'leave it out where the queries are the last tokens.' });
  return queryOffset;
}
