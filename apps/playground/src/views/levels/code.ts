import type { LevelName } from './level-names.ts';

/** A script that cuts a text, gives its units their vectors and finds what is like one of them, as the view does. */
export function codeOf({
  level,
  unit,
  language,
}: {
  readonly level: LevelName;
  readonly unit: number;
  readonly language: string | undefined;
}): string {
  const options = language === undefined ? '' : `, { locale: '${language}' }`;
  const at = ['word', 'sentence', 'paragraph', 'section'].indexOf(level);
  return `import { readFile } from 'node:fs/promises';
import { meanPooling, segmentText, textLevels, unitTexts } from '@longspan/hierarchical';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';

await register();
const text = await readFile(process.argv[2] ?? 'text.txt', 'utf8');
const segments = segmentText(text${options});
const names = ['word', 'sentence', 'paragraph', 'section'];
for (const name of names) console.log(\`\${name}s: \${segments[\`\${name}s\`].count}\`);

// A word by its letters: itself, each three in a row and each Chinese character, hashed (FNV-1a) to one of ${128} places with a sign.
const width = ${128};
const partsOf = (word) => {
  const letters = ['<', ...word, '>'];
  const threes = letters.slice(2).map((_, first) => letters.slice(first, first + 3).join(''));
  return [\`<\${word}>\`, ...threes, ...(/\\p{Script=Han}/u.test(word) ? word : [])];
};
const hashOf = (part) => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < part.length; at++) hash = Math.imul(hash ^ part.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
};
const vectorOf = (word) => {
  const vector = new Float32Array(width);
  for (const part of partsOf(word)) vector[hashOf(part) % width] += hashOf(part) >= 2 ** 31 ? 1 : -1;
  const length = Math.hypot(...vector);
  return vector.map((each) => each / length);
};

// Rare words count most; then each level is the mean of the one below, over the text's own units.
const words = unitTexts(segments, segments.words).map((word) => word.trim().toLowerCase());
const isWord = (word) => /[\\p{L}\\p{N}]/u.test(word);
const counts = new Map();
for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
const vectors = new Map([...counts.keys()].filter(isWord).map((word) => [word, vectorOf(word)]));
const weighted = new Float32Array(words.length * width);
words.forEach((word, at) => {
  const weight = 0.001 / (0.001 + counts.get(word) / words.length);
  if (vectors.has(word)) weighted.set(vectors.get(word).map((each) => weight * each), at * width);
});
const { groups } = textLevels(segments, { levels: ['sentence', 'paragraph', 'section'] });
const pooled = [tf.tensor3d(weighted, [1, words.length, width])];
for (const each of groups.slice(0, 3)) pooled.push(meanPooling(pooled.at(-1), each));

const [level, unit] = [${at}, ${unit}]; // of names, and which of its units
const numbers = await pooled[level].data();
const rows = Array.from({ length: numbers.length / width }, (_, row) => numbers.subarray(row * width, (row + 1) * width));
const product = (one, other) => one.reduce((sum, each, at) => sum + each * other[at], 0);
const cosine = (one, other) => product(one, other) / Math.sqrt(product(one, one) * product(other, other) || 1);
const texts = unitTexts(segments, segments[\`\${names[level]}s\`]).map((each) => each.trim());
console.log(\`like \${names[level]} \${unit + 1}: \${texts[unit].slice(0, 100)}\`);
const others = [...rows.keys()].filter((row) => ${level === 'word' ? 'words.indexOf(words[row]) === row && words[row] !== words[unit]' : 'row !== unit'});
const found = others.map((row) => ({ row, like: cosine(rows[unit], rows[row]) })).filter(({ like }) => like >= 0.05);
for (const { row, like } of found.sort((left, right) => right.like - left.like).slice(0, 6)) {
  console.log(\`\${like.toFixed(2)} \${names[level]} \${row + 1}: \${texts[row].slice(0, 100)}\`);
}
`;
}
