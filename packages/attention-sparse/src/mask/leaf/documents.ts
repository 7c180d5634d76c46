import { isList, requireIntegers } from '@longspan/core-tensor/error';
import type { Span } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { type Mask, mask } from '../algebra/mask.ts';
import { perBatchOf } from '../algebra/per-axis.ts';
import { firstAtLeast } from '../algebra/position-set.ts';

/** One document id per token. */
export type DocumentIds = ArrayLike<number>;

const PRINTED_IDS = 1024;

/**
 * Packs several documents into one sequence: a query attends to the keys of its own document. A list of lists gives each batch row its own.
 * Tokens of one document need not lie together. Positions without an id attend to nothing and are visible to nothing.
 * The name of more than 1,024 ids is a digest; equality and JSON still go by all of them.
 * @throws ConfigError when an id is not an integer
 * @cost O(tokens) once
 * @example
 * const mask = documents([7, 7, 8, 8, 8]);
 * [mask.allows(1, 0), mask.allows(2, 1), mask.allows(5, 5)]; // => [true, false, false]
 */
export function documents(ids: DocumentIds | readonly DocumentIds[]): Mask {
  if (isList(ids) && ids.length > 0 && Array.from(ids as ArrayLike<unknown>).every(isList)) {
    const rows = (ids as readonly DocumentIds[]).map((row) => requireIntegers('documents', 'ids', row));
    const count = rows.reduce((sum, row) => sum + row.length, 0);
    return perBatchOf('documents', {
      name: () => (count > PRINTED_IDS ? `documents(ids of ${count} tokens, ${rows.length} batch rows)` : call('documents', rows)),
      json: { kind: 'documents', ids: rows },
      count: rows.length,
      maskAt: (row) => documents(rows[row] as readonly number[]),
    });
  }
  const own = requireIntegers('documents', 'ids', ids as DocumentIds);
  const { rank, runEnd, occurrences, contiguous, count } = indexDocuments(own);

  const meet = (one: Span, other: Span): boolean => {
    if (contiguous) return at(rank, one.end - 1) >= at(rank, other.start) && at(rank, other.end - 1) >= at(rank, one.start);
    const [few, many] = one.end - one.start < other.end - other.start ? [one, other] : [other, one];
    for (let token = few.start; token < few.end; token = at(runEnd, token)) {
      const { tokens, first, last } = occurrences(at(rank, token));
      const found = firstAtLeast(tokens, many.start, first, last);
      if (found < last && at(tokens, found) < many.end) return true;
    }
    return false;
  };
  const clip = ({ start, end }: Span): Span => ({ start: Math.max(start, 0), end: Math.min(end, own.length) });
  const inside = ({ start, end }: Span) => start >= 0 && end <= own.length;
  const isOne = ({ start, end }: Span) => inside({ start, end }) && at(runEnd, start) >= end;

  return mask({
    name: own.length > PRINTED_IDS ? `documents(ids of ${own.length} tokens, ${count} documents)` : call('documents', own),
    json: { kind: 'documents', ids: own },
    allows: (query, key) => query >= 0 && query < own.length && rank[query] === rank[key], // a key elsewhere has no rank
    cover: (queries, keys) => {
      const query = clip(queries);
      const key = clip(keys);
      if (query.start >= query.end || key.start >= key.end || !meet(query, key)) return 'none';
      return isOne(queries) && isOne(keys) ? 'all' : 'some'; // they meet, so the two documents are the same
    },
    pattern: (queries, keys) => {
      if (!inside(queries) || !inside(keys)) return undefined;
      const base = at(rank, queries.start);
      const runs = ({ start, end }: Span) => {
        let text = '';
        for (let token = start; token < end; token = at(runEnd, token)) text += `${at(rank, token) - base}@${token - start},`;
        return text;
      };
      return `${runs(queries)};${runs(keys)}`;
    },
  });
}

interface DocumentIndex {
  /** Documents in order of first appearance, one number per token. */
  readonly rank: Int32Array;
  /** Where the run of tokens of one document that holds this token ends. */
  readonly runEnd: Int32Array;
  /** The tokens of a document, ascending: tokens[first … last). */
  readonly occurrences: (rank: number) => { readonly tokens: Int32Array; readonly first: number; readonly last: number };
  /** Whether each document is a single run, so that ranks rise. */
  readonly contiguous: boolean;
  readonly count: number;
}

function indexDocuments(ids: readonly number[]): DocumentIndex {
  const ranks = new Map<number, number>();
  const rank = new Int32Array(ids.length);
  let contiguous = true;
  ids.forEach((id, token) => {
    let known = ranks.get(id);
    if (known === undefined) {
      known = ranks.size;
      ranks.set(id, known);
    } else if (known !== rank[token - 1]) contiguous = false;
    rank[token] = known;
  });
  const runEnd = new Int32Array(ids.length);
  for (let token = ids.length - 1; token >= 0; token--) runEnd[token] = rank[token] === rank[token + 1] ? at(runEnd, token + 1) : token + 1;
  const offsets = new Int32Array(ranks.size + 1);
  for (const known of rank) offsets[known + 1] = at(offsets, known + 1) + 1;
  for (let known = 0; known < ranks.size; known++) offsets[known + 1] = at(offsets, known + 1) + at(offsets, known);
  const tokens = new Int32Array(ids.length);
  const next = offsets.slice();
  rank.forEach((known, token) => {
    const slot = at(next, known);
    tokens[slot] = token;
    next[known] = slot + 1;
  });
  const occurrences = (known: number) => ({ tokens, first: at(offsets, known), last: at(offsets, known + 1) });
  return { rank, runEnd, occurrences, contiguous, count: ranks.size };
}

const at = (values: Int32Array, index: number): number => values[index] as number;
