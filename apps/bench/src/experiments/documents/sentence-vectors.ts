import type { DocumentIndex, TextModel, TextWindow } from '@longspan/models/documents';

/** The tokens of a document, and which sentence each belongs to. */
export interface SentenceTokens {
  readonly ids: Int32Array;
  /** For each token the number of its sentence. */
  readonly sentences: Int32Array;
  readonly count: number;
}

/** Tokens as an index has them: paragraph by paragraph, each in the sentence of its first character that is no blank. */
export async function sentencesOf({ text, embedding }: DocumentIndex, tokenizer: TextModel['tokenizer']): Promise<SentenceTokens> {
  const { paragraphs, sentences } = embedding;
  const ids: number[] = [];
  const owners: number[] = [];
  let sentence = 0;
  for (let at = 0; at < paragraphs.count; at++) {
    const [start, end] = [paragraphs.offsets[at] as number, paragraphs.offsets[at + 1] as number];
    const tokens = await tokenizer.encode(text.slice(start, end));
    tokens.ids.forEach((id, token) => {
      const [from, to] = [start + (tokens.offsets[2 * token] as number), start + (tokens.offsets[2 * token + 1] as number)];
      const ink = text.slice(from, to).search(/\S/);
      while ((sentences.offsets[sentence + 1] as number) <= from + Math.max(0, ink) && (sentences.offsets[sentence + 1] as number) < end)
        sentence++;
      ids.push(id);
      owners.push(sentence);
    });
    while (sentence < sentences.count && (sentences.offsets[sentence] as number) < end) sentence++;
  }
  return { ids: Int32Array.from(ids), sentences: Int32Array.from(owners), count: sentences.count };
}

/** Means of the tokens of each sentence, brought to length 1. */
export function sentenceVectors({ sentences, count }: SentenceTokens) {
  let sums = new Float64Array(0);
  let features = 0;
  return {
    /** The states of a window's tokens: those count that no other window knows better. */
    add({ tokens, own }: TextWindow, states: Float32Array, width: number): void {
      if (features === 0) [features, sums] = [width, new Float64Array(count * width)];
      for (let token = own.start; token < own.end; token++) {
        const [to, from] = [(sentences[token] as number) * width, (token - tokens.start) * width];
        for (let feature = 0; feature < width; feature++)
          sums[to + feature] = (sums[to + feature] as number) + (states[from + feature] as number);
      }
    },
    finished(): Float32Array {
      const vectors = new Float32Array(sums.length);
      for (let at = 0; at < count; at++) {
        const own = sums.subarray(at * features, (at + 1) * features);
        const length = Math.hypot(...own) || 1;
        vectors.set(
          own.map((value) => value / length),
          at * features,
        );
      }
      return vectors;
    },
  };
}
