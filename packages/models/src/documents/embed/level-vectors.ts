import type { TextSegments, TextUnits } from '@longspan/hierarchical';
import { type Tensor, tensor3d, tidy } from '@tensorflow/tfjs-core';
import type { DocumentTokens } from './tokenize.ts';

/** Vectors of the units of each level, of length 1. */
export interface LevelVectors {
  readonly sentences: Float32Array;
  readonly paragraphs: Float32Array;
  readonly sections: Float32Array;
}

/** Those that come of the means by a checkpoint's linear maps. */
export interface ProjectedVectors extends LevelVectors {
  readonly width: number;
}

/** The means of the tokens of each sentence. */
interface Means {
  readonly segments: TextSegments;
  readonly tokens: DocumentTokens;
  readonly means: Float32Array;
  readonly width: number;
}

/** The means of the tokens of each unit, brought to length 1. */
export function levelVectors(document: Means): LevelVectors {
  const { width } = document;
  const { sentences, paragraphs, sections } = levelMeans(document);
  return { sentences: unitRows(sentences, width), paragraphs: unitRows(paragraphs, width), sections: unitRows(sections, width) };
}

/** Units that go through the linear maps at once. */
const unitsAtOnce = 1024;

/**
 * The vectors of all levels by the checkpoint's linear maps; of a unit without tokens zeros, as without maps.
 * @param project [b, 1, width] -> [b, features]
 * @cost that of the maps for each unit
 */
export async function projectedVectors(document: Means, project: (means: Tensor) => Tensor): Promise<ProjectedVectors> {
  const means = levelMeans(document);
  let features = 0;
  const projected = async (rows: Float32Array): Promise<Float32Array> => {
    const count = document.width === 0 ? 0 : rows.length / document.width;
    const parts: Float32Array[] = [];
    for (let at = 0; at < count; at += unitsAtOnce) {
      const some = rows.subarray(at * document.width, Math.min(count, at + unitsAtOnce) * document.width);
      const made = tidy(() => project(tensor3d(some, [some.length / document.width, 1, document.width])));
      features = made.shape[1] as number;
      parts.push(await made.data<'float32'>());
      made.dispose();
    }
    const all = new Float32Array(count * features);
    for (const [at, part] of parts.entries()) all.set(part, at * unitsAtOnce * features);
    for (let unit = 0; unit < count; unit++) {
      const isEmpty = rows.subarray(unit * document.width, (unit + 1) * document.width).every((value) => value === 0);
      if (isEmpty) all.fill(0, unit * features, (unit + 1) * features);
    }
    return unitRows(all, features);
  };
  const sentences = await projected(means.sentences);
  const [paragraphs, sections] = [await projected(means.paragraphs), await projected(means.sections)];
  return { sentences, paragraphs, sections, width: features };
}

/**
 * The mean of the tokens of each unit, from the means of its sentences.
 * @cost O(sentences · width)
 */
function levelMeans({ segments, tokens, means, width }: Means): LevelVectors {
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
      let count = 0;
      const end = units.offsets[unit + 1] as number;
      for (; sentence < counts.length && (segments.sentences.offsets[sentence + 1] as number) <= end; sentence++) {
        count += counts[sentence] as number;
        for (let feature = 0; feature < width; feature++)
          sum[feature] = (sum[feature] as number) + (counts[sentence] as number) * (means[sentence * width + feature] as number);
      }
      vectors.set(
        sum.map((value) => value / Math.max(1, count)),
        unit * width,
      );
    }
    return vectors;
  };
  return { sentences: means, paragraphs: above(segments.paragraphs), sections: above(segments.sections) };
}

/** Rows, each brought to length 1. */
function unitRows(rows: Float32Array, width: number): Float32Array {
  const made = new Float32Array(rows.length);
  for (let at = 0; at < rows.length; at += width) made.set(unitLengthOf(rows.subarray(at, at + width)), at);
  return made;
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
