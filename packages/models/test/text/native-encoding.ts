import { Tokenizer as Native } from 'tokenizers';

export interface NativeEncoding {
  readonly ids: readonly number[];
  readonly offsets: readonly (number | undefined)[];
  readonly wordIds: readonly number[];
  readonly typeIds: readonly number[];
}

/** UTF-16 units before each code point. */
function unitsIn(given: string): readonly number[] {
  const places = [0];
  for (const character of given) places.push((places.at(-1) ?? 0) + character.length);
  return places;
}

/** What Hugging Face's native build gives, with ranges in UTF-16 units. */
export async function nativeEncoding(native: Native, given: string, addSpecialTokens: boolean): Promise<NativeEncoding> {
  const encoding = await native.encode(given, null, { addSpecialTokens });
  const units = unitsIn(given);
  return {
    ids: encoding.getIds(),
    offsets: encoding.getOffsets().flatMap((range) => range.map((place) => units[place])),
    wordIds: encoding.getWordIds().map((each) => each ?? -1),
    typeIds: encoding.getTypeIds(),
  };
}

/** The same of a tokenizer.json; undefined where the native build takes none of it. */
export async function nativeEncodingOf(json: object, given: string, addSpecialTokens: boolean): Promise<NativeEncoding | undefined> {
  try {
    return await nativeEncoding(Native.fromString(JSON.stringify(json)), given, addSpecialTokens);
  } catch {
    return undefined;
  }
}
