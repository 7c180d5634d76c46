import { ConfigError, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { type Cover, modulo, periodic, type Span } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { type Mask, mask } from '../algebra/mask.ts';

/**
 * A query attends to its own block of `stride` tokens up to itself, and the last `summary` tokens of every block before. Causal by itself.
 * @throws ConfigError when `stride` or `summary` is not an integer, or `summary` exceeds `stride`
 * @source Sparse Transformer (arXiv 1904.10509) §4.2: both parts of fixed attention in one mask; `summary` is the paper's c
 * @example
 * [...Array(12).keys()].filter((key) => fixed({ stride: 4, summary: 1 }).allows(9, key)); // => [3, 7, 8, 9]
 */
export function fixed(config: { readonly stride: number; readonly summary: number }): Mask {
  requireKnown('fixed', config, { stride: true, summary: true });
  const { stride, summary } = config;
  requireInteger('fixed', { stride }, 1);
  requireInteger('fixed', { summary }, 0);
  if (summary > stride) {
    throw new ConfigError({
      caller: 'fixed',
      problem: 'summary must be at most stride.',
      expected: `at most ${stride} (stride)`,
      got: String(summary),
      remedy: 'use causal() where every token is a summary.',
    });
  }
  const blockOf = (position: number) => Math.floor(position / stride);
  const isSummary = (key: number) => modulo(key, stride) >= stride - summary;
  const anySummary = (start: number, end: number) =>
    start < end && (isSummary(start) || isSummary(end - 1) || blockOf(start) < blockOf(end - 1)) && summary > 0;
  const allSummaries = (start: number, end: number) =>
    summary === stride || (isSummary(start) && isSummary(end - 1) && blockOf(start) === blockOf(end - 1));

  const cover = (queries: Span, keys: Span): Cover => {
    const last = queries.end - 1;
    if (keys.start > last) return 'none';
    const first = Math.max(blockOf(queries.start), blockOf(keys.start)); // the first block in which both lie
    const own =
      blockOf(last) >= first && blockOf(keys.end - 1) >= first && (blockOf(last) > first || last >= Math.max(keys.start, first * stride));
    if (!own && !anySummary(keys.start, Math.min(keys.end, queries.end))) return 'none';
    if (keys.end - 1 > queries.start) return 'some';
    // Every key is a summary, or all queries share a block and only its keys and the summary just before it are asked for.
    const oneBlock = blockOf(queries.start) === blockOf(last) && keys.start >= blockOf(last) * stride - summary;
    return oneBlock || allSummaries(keys.start, keys.end) ? 'all' : 'some';
  };

  return mask({
    name: call('fixed', { stride, summary }),
    json: { kind: 'fixed', stride, summary },
    allows: (query, key) => key <= query && (blockOf(query) === blockOf(key) || isSummary(key)),
    cover,
    pattern: periodic(stride),
  });
}
