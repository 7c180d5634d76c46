/**
 * Ids of a text: words of a vocabulary of Unigram, the longest one that fits each time. Not the tokenizer of the model, which looks for the
 * likeliest; both graph and layers read the same ids here.
 * @param vocabulary each piece with its score; `▁` begins a word
 */
export function pieces(text: string, vocabulary: readonly (readonly [piece: string, score: number])[]): readonly number[] {
  const idOf = new Map(vocabulary.map(([piece], id) => [piece, id]));
  const rest = `▁${text.normalize('NFKC').replaceAll(/\s+/g, '▁')}`;
  const ids: number[] = [];
  for (let at = 0; at < rest.length; ) {
    let length = Math.min(16, rest.length - at);
    while (length > 1 && !idOf.has(rest.slice(at, at + length))) length--;
    ids.push(idOf.get(rest.slice(at, at + length)) ?? 0); // <unk>
    at += length;
  }
  return ids;
}
