import { type Cache, listed } from '../memo/caches.ts';
import { RecentlyUsed } from '../memo/recently-used.ts';
import type { BlockLayout } from './block-layout.ts';
import type { Coverage } from './coverage.ts';
import type { Geometry } from './descend.ts';
import { requireLayout } from './require-layout.ts';

/** Decoding token by token needs a new length each time, so each coverage keeps only its latest layouts. */
const LAYOUTS_PER_COVERAGE = 16;
/** For coverages that are made again by every call: layouts by what the coverage says, not by which object it is. */
const LAYOUTS_BY_TEXT = 32;
const LONGEST_TEXT = 4096;
/** Larger layouts live only as long as their coverages: 32 · 2 MiB is the most that is held beyond. */
const LARGEST_SHARED_BYTES = 2 ** 21;

interface OwnLayouts {
  /** The coverage's cacheKey if that is short, to find layouts that an equal one has made. */
  readonly text: string | undefined;
  readonly layouts: RecentlyUsed<string, BlockLayout>;
}

interface LayoutCache extends Cache {
  get(coverage: Coverage, geometry: Geometry, build: () => BlockLayout): BlockLayout;
}

const layouts: LayoutCache = listed(layoutCache());

/** The layout that this coverage, or an equal one, was given for that geometry before; else a new one. */
export const cachedLayout = (coverage: Coverage, geometry: Geometry, build: () => BlockLayout): BlockLayout =>
  layouts.get(coverage, geometry, build);

function layoutCache(): LayoutCache {
  let ofCoverage = new WeakMap<Coverage, OwnLayouts>();
  const ofText = new RecentlyUsed<string, BlockLayout>(LAYOUTS_BY_TEXT);
  return {
    name: 'layouts',
    clear: () => {
      ofCoverage = new WeakMap();
      ofText.clear();
    },
    get: (coverage, { blockSize, queryLength, keyLength, queryOffset }, build) => {
      let own = ofCoverage.get(coverage);
      if (own === undefined) {
        own = { text: shortText(coverage), layouts: new RecentlyUsed(LAYOUTS_PER_COVERAGE) };
        ofCoverage.set(coverage, own);
      }
      const geometry = `${blockSize},${queryLength},${keyLength},${queryOffset}`;
      const known = own.layouts.get(geometry);
      if (known !== undefined) return known;
      const text = own.text === undefined ? undefined : `${geometry},${own.text}`;
      const layout = (text === undefined ? undefined : ofText.get(text)) ?? build();
      own.layouts.set(geometry, layout);
      if (text !== undefined && layoutBytes(layout) <= LARGEST_SHARED_BYTES) ofText.set(text, layout);
      return layout;
    },
  };
}

/**
 * What a layout holds, in bytes.
 * @example
 * const none = sharedCoverage({ allows: () => false, cover: () => 'none' });
 * layoutBytes(createLayout(none, { queryLength: 64 })); // => 16
 */
export function layoutBytes(layout: BlockLayout): number {
  requireLayout('layoutBytes', layout);
  const { indptr, indices, tileIndices, bitmaps, transposed } = layout;
  const parts = [indptr, indices, tileIndices, bitmaps, transposed.indptr, transposed.indices, transposed.tileIndices];
  return parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function shortText(coverage: Coverage): string | undefined {
  const text = coverage.cacheKey();
  return text !== undefined && text.length <= LONGEST_TEXT ? text : undefined;
}
