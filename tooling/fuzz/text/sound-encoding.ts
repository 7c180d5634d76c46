import type { Encoding, Tokenizer } from '@longspan/models/text';

/** Throws unless the tokens of one or two texts are such as a model can be given: known ids, and places in order within their text. */
export function requireSound(tokenizer: Tokenizer, encoding: Encoding, texts: readonly [text: string, pair: string]): void {
  const { ids, offsets, wordIds, sequenceIds, specialTokens, typeIds } = encoding;
  const { length } = ids;
  if (offsets.length !== 2 * length || [wordIds, sequenceIds, specialTokens, typeIds].some((list) => list.length !== length))
    throw new Error('every list of an encoding must be as long as its ids');
  const last = [
    { start: 0, word: -1 },
    { start: 0, word: -1 },
  ];
  ids.forEach((id, at) => {
    if (tokenizer.tokenOf(id) === undefined) throw new Error(`token ${at} must be of the vocabulary, and is ${id}`);
    const sequence = sequenceIds[at] as number;
    const before = last[sequence];
    if (before === undefined) return;
    const [start, end, word] = [offsets[2 * at] as number, offsets[2 * at + 1] as number, wordIds[at] as number];
    const length = (texts[sequence] as string).length;
    if (start < before.start || end < start || end > length || word < before.word)
      throw new Error(
        `token ${at} must lie in order within ${length} units, and is [${start}, ${end}] of word ${word} after ${before.start} of word ${before.word}`,
      );
    // A blank that was put before the text and cut off again stands, empty, after the character that it was put before: so in the native build.
    last[sequence] = { start: start === end ? before.start : start, word };
  });
  tokenizer.decode(ids.subarray(0, 500));
}
