import { type Cover, type Mask, mask, perBatch, perHead, type Span } from '../../mask/index.ts';

/**
 * A mask over keys of which only some are at hand, in their order: key i of the new mask is the i-th token of `runs`, query i the token
 * at queryShift + i.
 * @param runs positions of the tokens, ascending and apart
 */
export function movedMask(inner: Mask, runs: readonly Span[], queryShift: number): Mask {
  if (inner.batch > 1)
    return perBatch(Array.from({ length: inner.batch }, (_, batch) => movedMask(inner.select({ batch }), runs, queryShift)));
  if (inner.heads > 1)
    return perHead(Array.from({ length: inner.heads }, (_, head) => movedMask(inner.select({ head }), runs, queryShift)));
  const spansOf = (keys: Span): readonly Span[] => positionSpans(runs, keys);
  const shifted = ({ start, end }: Span): Span => ({ start: start + queryShift, end: end + queryShift });
  return mask({
    name: `${inner.name} at ${runs.map(({ start, end }) => `${start}…${end - 1}`).join(', ')}`,
    allows: (query, key) => inner.allows(query + queryShift, (spansOf({ start: key, end: key + 1 })[0] as Span).start),
    cover(queries, keys) {
      const covers = new Set<Cover>(spansOf(keys).map((span) => inner.cover(shifted(queries), span)));
      const [only = 'some'] = covers;
      return covers.size === 1 ? only : 'some';
    },
    pattern(queries, keys) {
      const spans = spansOf(keys);
      return spans.length === 1 ? inner.pattern(shifted(queries), spans[0] as Span) : undefined;
    },
  });
}

/** Where the tokens with these numbers stand; beyond the first and the last one it goes on without gaps. */
function positionSpans(runs: readonly Span[], { start, end }: Span): readonly Span[] {
  const spans: Span[] = [];
  let first = 0; // the number of the run's first token
  runs.forEach((run, at) => {
    const count = run.end - run.start;
    const from = at === 0 ? start : Math.max(start, first);
    const to = at === runs.length - 1 ? end : Math.min(end, first + count);
    if (from < to) spans.push({ start: run.start + from - first, end: run.start + to - first });
    first += count;
  });
  return spans;
}
