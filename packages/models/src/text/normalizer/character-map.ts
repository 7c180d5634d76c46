import { badFile } from '../step-json.ts';

/** What a sentencepiece normaliser makes of characters: by a tree of bytes, to texts. Undefined for what stays as it is. */
export type CharacterMap = (characters: string) => string | undefined;

/**
 * Reads a precompiled map: the size of the tree, the tree as a double array, then the texts, each ended by a 0. A map that leads out of itself is
 * an error where it does so.
 * @source sentencepiece's normalizer.cc and the crate spm_precompiled 0.1, which takes the shortest prefix that the tree has for the whole
 */
export function characterMap(bytes: Uint8Array): CharacterMap {
  if (bytes.length < 4) throw badMap(`${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(0, true);
  if (size % 4 !== 0 || size < 4 || 4 + size > bytes.length) throw badMap(`a tree of ${size} bytes in ${bytes.length}`);
  const units = Uint32Array.from({ length: size / 4 }, (_, index) => view.getUint32(4 + 4 * index, true));
  const texts = bytes.subarray(4 + size);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const unitAt = (index: number): number => {
    const unit = units[index];
    if (unit === undefined) throw badMap(`a tree of ${units.length} units that leads to unit ${index}`);
    return unit;
  };
  const search = (key: Uint8Array): string | undefined => {
    let place = offsetOf(unitAt(0));
    for (const byte of key) {
      if (byte === 0) return undefined;
      place ^= byte;
      const unit = unitAt(place);
      if ((unit & 0x800000ff) !== byte) return undefined;
      place ^= offsetOf(unit);
      if (((unit >>> 8) & 1) === 1) return textAt(unitAt(place) & 0x7fffffff);
    }
    return undefined;
  };
  const textAt = (begin: number): string => {
    if (begin > texts.length) throw badMap(`a text at ${begin} of ${texts.length} bytes`);
    const end = texts.indexOf(0, begin);
    return decoder.decode(texts.subarray(begin, end < 0 ? texts.length : end));
  };
  const known = new Map<string, string | undefined>();
  return (characters) => {
    if (known.has(characters)) return known.get(characters);
    const found = search(encoder.encode(characters));
    if (known.size > 20_000) known.clear();
    known.set(characters, found);
    return found;
  };
}

const offsetOf = (unit: number): number => ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;

const badMap = (got: string): Error =>
  badFile('the precompiled map must be one of sentencepiece.', 'a double array and the texts that it leads to, in base64', got);
