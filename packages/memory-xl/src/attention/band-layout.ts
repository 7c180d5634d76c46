import { stamped } from '@longspan/core-tensor/error';
import { type BlockLayout, type Coverage, coverOfRange, createLayout, periodic, sharedCoverage } from '@longspan/core-tensor/layout';
import { remember } from '@longspan/core-tensor/memo';

/** What the queries of a segment attend to in the memory before it and among each other. */
export interface Band {
  readonly queryLength: number;
  /** Memory and segment together: the last query stands at the last key. */
  readonly keyLength: number;
  /** How many keys before its own a query attends to; Infinity for all. */
  readonly reach: number;
  /** The first key that each batch row attends to; one number for a band of all rows. */
  readonly firstKeys: readonly number[];
  readonly blockSize?: number | undefined;
}

/** Layouts are cached by the coverage, so equal bands must meet the same one. */
const bands = remember<Coverage>('relativeAttention bands', 64);

/**
 * The block layout of a causal band: query p attends to the keys from p − reach to p, none before its row's first.
 * @cost O(visited blocks) time the first time, and one bitmap for each different partial tile
 */
export function bandLayout({ queryLength, keyLength, reach, firstKeys, blockSize }: Band): BlockLayout {
  const limit = reach < keyLength - 1 ? reach : Number.POSITIVE_INFINITY; // all that is there: other reaches then are the same band
  const coverage = bands([limit, ...firstKeys].join(), () => band(limit, firstKeys));
  return createLayout(coverage, { queryLength, keyLength, blockSize });
}

/** A band for each batch row, or one for all. */
function band(reach: number, firstKeys: readonly number[]): Coverage {
  const rows = firstKeys.map((first) => bandFrom(first, reach));
  const [shared] = rows as [Coverage, ...Coverage[]];
  return rows.length === 1 ? shared : stamped({ ...shared, batch: rows.length, select: ({ batch = 0 }) => rows[batch] as Coverage });
}

function bandFrom(first: number, reach: number): Coverage {
  const ofDistance = periodic(1);
  return sharedCoverage({
    allows: (query, key) => key >= first && key <= query && query - key <= reach,
    cover: (queries, keys) => {
      if (keys.end <= first) return 'none';
      const near = coverOfRange(queries.start - keys.end + 1, queries.end - 1 - keys.start, 0, reach);
      return near === 'all' && keys.start < first ? 'some' : near;
    },
    pattern: (queries, keys) => `${ofDistance(queries, keys)},${Math.max(0, first - keys.start)}`,
  });
}
