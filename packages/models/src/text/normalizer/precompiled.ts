import { type AlignedText, type Change, changed, rewritten, widthAt } from '../aligned-text.ts';
import { badFile, type Fields } from '../step-json.ts';
import { type CharacterMap, characterMap } from './character-map.ts';
import type { Normalizer } from './normalizer.ts';

/** Sentencepiece's own normalisation (nmt_nfkc and the like), by the map that its model carries. */
export function precompiled(fields: Fields): Normalizer {
  const text = fields.text('precompiled_charsmap', '');
  if (text === '') return (old) => old;
  return mapped(characterMap(bytesOf(text)));
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    throw badFile('precompiled_charsmap must be in base64.', 'letters, digits, +, / and =', `${base64.length} characters that are not`);
  }
}

function mapped(map: CharacterMap): Normalizer {
  const plain = Array.from({ length: 128 }, (_, code) => map(String.fromCharCode(code)) ?? String.fromCharCode(code));
  const isSameLength = plain.every((each) => each.length === 1);
  return (old) => {
    if (isSameLength && /^\p{ASCII}*$/u.test(old.text) && !old.text.includes('\r\n')) {
      return rewritten(
        old,
        old.text.replace(/\p{ASCII}/gu, (each) => plain[each.charCodeAt(0)] ?? each),
      );
    }
    return byCluster(old, map);
  };
}

/** What may belong to the character before it. */
const extending = /^(?:\p{M}|\u200c|\u200d|\uff9e|\uff9f|[\u{1f3fb}-\u{1f3ff}]|[\u{e0020}-\u{e007f}])/u;
/** What the character after it may belong to. */
const prepended = /^[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e]/;

const clusters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A character with its marks is looked up as a whole where it is short, as in the crate: under 6 bytes. */
function byCluster(old: AlignedText, map: CharacterMap): AlignedText {
  const { text } = old;
  const change = changed(old);
  let isChanged = false;
  for (let at = 0; at < text.length; ) {
    const width = clusterAt(text, at);
    const cluster = text.slice(at, at + width);
    const found = width > widthAt(text, at) && byteLength(cluster) < 6 ? map(cluster) : undefined;
    if (found !== undefined) {
      put(change, found, [...cluster].length);
      isChanged = true;
    } else {
      for (const character of cluster) {
        const made = map(character);
        if (made === undefined) change.keep(change.taken() + character.length);
        else {
          put(change, made, 1);
          isChanged = true;
        }
      }
    }
    at += width;
  }
  return isChanged ? change.done() : old;
}

function clusterAt(text: string, at: number): number {
  const width = widthAt(text, at);
  if (text.startsWith('\r\n', at)) return 2;
  const next = text.slice(at + width, at + width + 2);
  if (next === '' || (!extending.test(next) && !prepended.test(text.charAt(at)))) return width;
  // A few characters are enough to know whether it is short.
  const [first] = clusters.segment(text.slice(at, at + width + 8));
  return first?.segment.length ?? width;
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/** The new characters take the places of the old ones in turn; those that are left over go to the last, or are inserted after it. */
function put(change: Change, made: string, oldCount: number): void {
  const characters = [...made];
  if (characters.length === 0) change.skip(oldCount);
  for (const [index, character] of characters.entries()) {
    const isLast = index === characters.length - 1;
    change.put(character, index < oldCount ? 'next' : 'last', isLast ? Math.max(0, oldCount - characters.length) : 0);
  }
}
