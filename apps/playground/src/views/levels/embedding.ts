import { groupsFromBoundaries, meanPooling, type TextSegments, textLevels } from '@longspan/hierarchical';
import * as tf from '@tensorflow/tfjs-core';
import { type LevelName, levelNames } from './level-names.ts';

/** Numbers of a vector. */
export const width = 128;
/** Words that are pooled at one time. */
const wordsTogether = 32_768;
/** Below this cosine two vectors share a hashed place or two, by chance. */
const least = 0.05;
/** How common a word may be before it counts half: one in a thousand. */
const common = 1e-3;

/** The vectors of a text: of its different words, and of the units of the levels above. */
export interface Embedded {
  /** The different words, in small letters. */
  readonly types: readonly string[];
  /** [types, width], of length 1 each. */
  readonly typeVectors: Float32Array;
  /** [words]: which type each word is; −1 for what has no letter or digit. */
  readonly typeOf: Int32Array;
  /** [types]: the first word of each type, and how many there are. */
  readonly firsts: Int32Array;
  readonly counts: Int32Array;
  /** [units, width], of length 1, or 0 where there is nothing to tell a unit by. */
  readonly vectors: Readonly<Record<Exclude<LevelName, 'word'>, Float32Array>>;
}

/** The parts that a word is known by: itself, three letters in a row of it, and single ones where each is a word's worth. */
export function partsOf(word: string): readonly string[] {
  const letters = ['<', ...word, '>'];
  const threes = Array.from({ length: Math.max(0, letters.length - 2) }, (_, at) => letters.slice(at, at + 3).join(''));
  const single = /\p{Script=Han}/u.test(word) ? [...word] : [];
  return [`<${word}>`, ...threes, ...single];
}

/** FNV-1a: which number of a vector a part adds to, and its sign. */
function hashOf(part: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < part.length; at++) hash = Math.imul(hash ^ part.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function wordVector(word: string, into: Float32Array): void {
  for (const part of partsOf(word)) {
    const hash = hashOf(part);
    const at = hash % width;
    into[at] = (into[at] as number) + (hash >= 2 ** 31 ? 1 : -1);
  }
  toLengthOne(into);
}

function toLengthOne(vector: Float32Array): void {
  const length = Math.sqrt(vector.reduce((sum, each) => sum + each * each, 0));
  if (length === 0) return;
  for (let at = 0; at < vector.length; at++) vector[at] = (vector[at] as number) / length;
}

/**
 * Gives words vectors by their letters alone, weighs them by how rare they are, and pools them, level by level, by the package's mean
 * pooling over the text's own units.
 */
export async function embed(segments: TextSegments): Promise<Embedded> {
  const { text, words } = segments;
  const typeOf = new Int32Array(words.count);
  const numbers = new Map<string, number>();
  const [types, firsts, counts]: [string[], number[], number[]] = [[], [], []];
  for (let word = 0; word < words.count; word++) {
    const own = text
      .slice(words.offsets[word], words.offsets[word + 1])
      .trim()
      .toLowerCase();
    if (!/[\p{L}\p{N}]/u.test(own)) {
      typeOf[word] = -1;
      continue;
    }
    let type = numbers.get(own);
    if (type === undefined) {
      type = types.length;
      numbers.set(own, type);
      types.push(own);
      firsts.push(word);
      counts.push(0);
    }
    counts[type] = (counts[type] as number) + 1;
    typeOf[word] = type;
  }
  const typeVectors = new Float32Array(types.length * width);
  types.forEach((type, at) => {
    wordVector(type, typeVectors.subarray(at * width, (at + 1) * width));
  });
  const weights = counts.map((count) => common / (common + count / words.count));

  const tree = textLevels(segments, { levels: ['sentence', 'paragraph', 'section'] });
  const pooled: Float32Array[] = [await sentencesOf({ typeOf, typeVectors, weights }, tree.groups[0]?.offsets as Int32Array)];
  for (const groups of tree.groups.slice(1, -1)) {
    const below = pooled.at(-1) as Float32Array;
    pooled.push(await read(tf.tidy(() => meanPooling(tf.tensor3d(below, [1, below.length / width, width]), groups))));
  }
  for (const vectors of pooled) {
    for (let unit = 0; unit < vectors.length / width; unit++) toLengthOne(vectors.subarray(unit * width, (unit + 1) * width));
  }
  const [sentence, paragraph, section] = pooled as [Float32Array, Float32Array, Float32Array];
  return {
    types,
    typeVectors,
    typeOf,
    firsts: Int32Array.from(firsts),
    counts: Int32Array.from(counts),
    vectors: { sentence, paragraph, section },
  };
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return ((await tensor.data()) as Float32Array).slice();
  } finally {
    tensor.dispose();
  }
}

/** Sentences as means of their weighted words, some thousands of words at a time. */
async function sentencesOf(
  {
    typeOf,
    typeVectors,
    weights,
  }: { readonly typeOf: Int32Array; readonly typeVectors: Float32Array; readonly weights: readonly number[] },
  offsets: Int32Array,
): Promise<Float32Array> {
  const count = offsets.length - 1;
  const all = new Float32Array(count * width);
  for (let first = 0; first < count; ) {
    let end = first + 1;
    while (end < count && (offsets[end + 1] as number) - (offsets[first] as number) <= wordsTogether) end++;
    const [from, to] = [offsets[first] as number, offsets[end] as number];
    const own = new Float32Array((to - from) * width);
    for (let word = from; word < to; word++) {
      const type = typeOf[word] as number;
      if (type < 0) continue;
      const weight = weights[type] as number;
      for (let at = 0; at < width; at++) own[(word - from) * width + at] = weight * (typeVectors[type * width + at] as number);
    }
    const groups = groupsFromBoundaries(offsets.subarray(first, end + 1).map((offset) => offset - from));
    all.set(await read(tf.tidy(() => meanPooling(tf.tensor3d(own, [1, to - from, width]), groups))), first * width);
    first = end;
  }
  return all;
}

export interface Similar {
  readonly unit: number;
  /** The cosine of the angle between the two vectors. */
  readonly cosine: number;
  /** Of words: how many of this one there are. */
  readonly times?: number | undefined;
}

/** The units of a level that are most like one of them, the most similar first; of words the first of each other one. */
export function mostSimilar(embedded: Embedded, level: LevelName, unit: number, most: number): readonly Similar[] {
  if (!levelNames.includes(level)) return [];
  const isWord = level === 'word';
  const own = isWord ? (embedded.typeOf[unit] as number) : unit;
  const vectors = isWord ? embedded.typeVectors : embedded.vectors[level];
  if (own < 0) return [];
  const vector = vectors.subarray(own * width, (own + 1) * width);
  const best: { at: number; cosine: number }[] = [];
  for (let other = 0; other < vectors.length / width; other++) {
    if (other === own) continue;
    let cosine = 0;
    for (let at = 0; at < width; at++) cosine += (vector[at] as number) * (vectors[other * width + at] as number);
    if (cosine < least || (best.length === most && cosine <= (best[most - 1]?.cosine as number))) continue;
    if (best.length === most) best.pop();
    let place = best.length;
    while (place > 0 && (best[place - 1]?.cosine as number) < cosine) place--;
    best.splice(place, 0, { at: other, cosine });
  }
  return best.map(({ at, cosine }) =>
    isWord ? { unit: embedded.firsts[at] as number, cosine, times: embedded.counts[at] as number } : { unit: at, cosine },
  );
}
