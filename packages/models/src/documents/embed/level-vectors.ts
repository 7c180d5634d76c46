import type { TextUnits } from '@longspan/hierarchical';
import type { ReadDocument } from './read-document.ts';

/** Vectors of the units of each level, of length 1: the means of their tokens. */
export interface LevelVectors {
  readonly sentences: Float32Array;
  readonly paragraphs: Float32Array;
  readonly sections: Float32Array;
}

/**
 * The mean of the tokens of each unit, from the means of its sentences.
 * @cost O(sentences · width)
 */
export function levelVectors({
  segments,
  tokens,
  means,
  width,
}: Pick<ReadDocument, 'segments' | 'tokens' | 'means' | 'width'>): LevelVectors {
  const counts = Int32Array.from(
    { length: segments.sentences.count },
    (_, at) => (tokens.sentences[at + 1] as number) - (tokens.sentences[at] as number),
  );
  const above = (units: TextUnits): Float32Array => {
    const vectors = new Float32Array(units.count * width);
    const sum = new Float64Array(width);
    let sentence = 0;
    for (let unit = 0; unit < units.count; unit++) {
      sum.fill(0);
      const end = units.offsets[unit + 1] as number;
      for (; sentence < counts.length && (segments.sentences.offsets[sentence + 1] as number) <= end; sentence++) {
        for (let feature = 0; feature < width; feature++)
          sum[feature] = (sum[feature] as number) + (counts[sentence] as number) * (means[sentence * width + feature] as number);
      }
      vectors.set(unitLengthOf(sum), unit * width);
    }
    return vectors;
  };
  const sentences = new Float32Array(means.length);
  for (let at = 0; at < counts.length; at++) sentences.set(unitLengthOf(means.subarray(at * width, (at + 1) * width)), at * width);
  return { sentences, paragraphs: above(segments.paragraphs), sections: above(segments.sections) };
}

/** Brought to length 1; zeros stay zeros. By their places: iterators over typed arrays take several times as long. */
export function unitLengthOf(vector: Float32Array | Float64Array): Float32Array {
  let square = 0;
  for (let at = 0; at < vector.length; at++) square += (vector[at] as number) ** 2;
  const length = Math.max(Math.sqrt(square), 1e-12);
  const made = new Float32Array(vector.length);
  for (let at = 0; at < vector.length; at++) made[at] = (vector[at] as number) / length;
  return made;
}
