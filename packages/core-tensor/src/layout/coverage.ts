import { requireKind, requireKnown, stamped } from '../error/index.ts';
import type { Cover } from './cover.ts';
import { ofPositions, ofSpans } from './of-positions.ts';
import type { Span } from './span.ts';

/** One head, one batch row, or both. */
export interface Selection {
  readonly head?: number | undefined;
  readonly batch?: number | undefined;
}

/**
 * Which keys each query attends to, as a rule over positions: all that a block layout is made from. A mask is one; so are Transformer-XL's
 * bands and LSH's chunks. Made by `sharedCoverage`, or with `stamped` of @longspan/core-tensor/error. Where heads or batch rows differ, only what `select` gives is evaluated on pairs.
 */
export interface Coverage {
  /** How many rules it holds along the heads; 1 is one for all heads. */
  readonly heads: number;
  /** How many rules it holds along the batch; 1 is one for all batch rows. */
  readonly batch: number;
  /** Whether the query at that position attends to the key at that position. */
  allows(query: number, key: number): boolean;
  /** 'none' and 'all' are promises about every pair of the rectangle; 'some' promises nothing, so it is always legal. */
  cover(queries: Span, keys: Span): Cover;
  /** Two rectangles of the same size and with the same string have the same pairs; undefined where that is not known. */
  pattern(queries: Span, keys: Span): string | undefined;
  /** The rule of one head, of one batch row, or of both; a shared one is the same for all. */
  select(at: Selection): Coverage;
  /**
   * A text that only coverages of the same pairs have, so that one that was made again finds the layouts of an equal one. Layouts are
   * cached by identity anyway; undefined where nothing else identifies it.
   */
  cacheKey(): string | undefined;
}

/**
 * One coverage for all heads and batch rows.
 * @example
 * const own = sharedCoverage({ allows: (query, key) => query === key, cover: () => 'some' });
 * createLayout(own, { queryLength: 6, blockSize: 4 }).indices.length; // => 2
 */
export function sharedCoverage(rule: Pick<Coverage, 'allows' | 'cover'> & Partial<Pick<Coverage, 'pattern'>>): Coverage {
  requireKnown('sharedCoverage', rule, { allows: 'function', cover: 'function', pattern: 'function' });
  const { allows, cover, pattern = () => undefined } = rule;
  requireKind('sharedCoverage', 'allows', allows, 'function');
  requireKind('sharedCoverage', 'cover', cover, 'function');
  const made: Coverage = stamped({
    heads: 1,
    batch: 1,
    allows: ofPositions(allows),
    cover: ofSpans('cover', cover),
    pattern: ofSpans('pattern', pattern),
    select: () => made,
    cacheKey: () => undefined,
  });
  return made;
}

/** The shared rules that a coverage holds, batch-major: [batch, heads]. */
export const everySelection = <One>(coverage: Pick<Coverage, 'batch' | 'heads'> & { select(at: Selection): One }): readonly One[] =>
  Array.from({ length: coverage.batch * coverage.heads }, (_, at) =>
    coverage.select({ batch: Math.floor(at / coverage.heads), head: at % coverage.heads }),
  );
