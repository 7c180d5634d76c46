import type { TextTokens } from '../source/text-tokenizer.ts';
import { type TextWindow, windowsAt } from './windows.ts';

/** Tokens on either side of a place by which it is weighed. */
const reach = 4;

/**
 * Windows whose places follow from the tokens around them and not from how many come before, so that after an edit those further on are the
 * same again. The document is cut into cores of three to four quarters of `length − overlap` tokens, each at the place whose tokens weigh
 * most by a hash; a window is a core in the middle of `length` tokens, so that neighbours overlap by `overlap` tokens or more. All
 * windows are of that length, unless the document is shorter.
 * @cost O(tokens) time
 * @source content-defined chunking: Muthitacharoen, Chen and Mazières 2001 (A Low-Bandwidth Network File System), with bounds on the length
 */
export function settledWindows(
  document: TextTokens,
  { length, overlap }: { readonly length: number; readonly overlap: number },
): readonly TextWindow[] {
  const { ids } = document;
  if (ids.length === 0) return [];
  if (ids.length <= length) return windowsAt(document, [{ start: 0, end: ids.length }]);
  const most = length - overlap;
  const starts: number[] = [];
  let core = 0;
  while (core < ids.length) {
    const end = ids.length - core <= most ? ids.length : heaviest(ids, core + Math.ceil(0.75 * most), core + most);
    const start = Math.min(Math.max(0, core - ((length - (end - core)) >> 1)), ids.length - length);
    if (start !== starts.at(-1)) starts.push(start);
    core = end;
  }
  return windowsAt(
    document,
    starts.map((start) => ({ start, end: start + length })),
  );
}

/** The place from `first` to `last` that weighs most; of equals the last. */
function heaviest(ids: Int32Array, first: number, last: number): number {
  let [best, most] = [last, -1];
  for (let place = first; place <= last; place++) {
    const weight = weightOf(ids, place);
    if (weight >= most) [best, most] = [place, weight];
  }
  return best;
}

/** A number of 32 bits made of the tokens around a place: FNV-1a over them, and the last mix of MurmurHash3. */
function weightOf(ids: Int32Array, place: number): number {
  let hash = 0x811c9dc5;
  for (let token = Math.max(0, place - reach); token < Math.min(ids.length, place + reach); token++)
    hash = Math.imul(hash ^ (ids[token] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
