import type { BlockLayout } from '@longspan/core-tensor';
import type { Mask } from '../mask/index.ts';
import { RecentlyUsed } from '../memo/recently-used.ts';
import type { Geometry } from './descend.ts';

/** Decoding token by token asks for a new length each time, so each mask keeps only its latest layouts. */
const LAYOUTS_PER_MASK = 16;
/** For masks that are made anew by every call: layouts by what the mask says, not by which object it is. */
const LAYOUTS_BY_TEXT = 32;
const LONGEST_TEXT = 4096;
/** Larger layouts live only as long as their masks: 32 · 2 MiB is the most that is held beyond. */
const LARGEST_SHARED_BYTES = 2 ** 21;

interface OwnLayouts {
  /** The mask as JSON if that is short, to find layouts that an equal mask has made. */
  readonly text: string | undefined;
  readonly layouts: RecentlyUsed<string, BlockLayout>;
}

const ofMask = new WeakMap<Mask, OwnLayouts>();
const ofText = new RecentlyUsed<string, BlockLayout>(LAYOUTS_BY_TEXT);

/** The layout that this mask, or an equal one, was given for that geometry before; else a new one. */
export function cachedLayout(
  mask: Mask,
  { blockSize, queryLength, keyLength, queryOffset }: Geometry,
  build: () => BlockLayout,
): BlockLayout {
  let own = ofMask.get(mask);
  if (own === undefined) {
    own = { text: shortText(mask), layouts: new RecentlyUsed(LAYOUTS_PER_MASK) };
    ofMask.set(mask, own);
  }
  const geometry = `${blockSize},${queryLength},${keyLength},${queryOffset}`;
  const text = own.text === undefined ? undefined : `${geometry},${own.text}`;
  const known = own.layouts.get(geometry);
  if (known !== undefined) return known;
  const layout = (text === undefined ? undefined : ofText.get(text)) ?? build();
  own.layouts.set(geometry, layout);
  if (text !== undefined && layoutBytes(layout) <= LARGEST_SHARED_BYTES) ofText.set(text, layout);
  return layout;
}

/** What a layout holds, in bytes. */
export const layoutBytes = ({ offsets, entries, tiles, bitmaps, transposed }: BlockLayout): number =>
  [offsets, entries, tiles, bitmaps, transposed.offsets, transposed.entries, transposed.tiles].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );

function shortText(mask: Mask): string | undefined {
  if (!mask.serialisable) return undefined;
  const text = JSON.stringify(mask.toJSON());
  return text.length <= LONGEST_TEXT ? text : undefined;
}
