import { padding } from '@longspan/core-tensor';
import { hatLayer, levelsOf, levelTransformer, uniformGroups } from '@longspan/hierarchical';
import * as reference from '@longspan/tooling/reference';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';
import { wordsOf } from './text-groups.ts';

const { n, heads, headDim } = checkSizes;
const width = heads * headDim;

const window = 20;

const levelled: Mechanism = {
  name: 'levelTransformer: bytes, words, runs of words, text',
  against: 'the same layers, dense, level by level',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const words = wordsOf(text);
    const runs = uniformGroups({ length: words.count, factor: 7 });
    const names = ['byte', 'word', 'run', 'text'];
    const offsets = [words.offsets, runs.offsets, [0, runs.count]];
    const levels = levelsOf({ names, offsets });
    const sides = { left: window, right: window };
    const layer = levelTransformer({ width, heads, levels: names.length, layers: 1, innerWidth: 80, window: sides });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, hidden, { levels }).states,
      (parameters, hidden) => reference.levelTransformer(parameters, hidden, { levels: offsets, heads, window }),
    );
  },
};

const segmentLength = 17;
/** Row 1 ends with padding inside its last segment. */
const marks = [n, n - 5].map((length) => Int32Array.from({ length: n }, (_, token) => Number(token < length)));

const hatted: Mechanism = {
  name: 'hatLayer: within segments, then across, padding',
  against: 'the same two encoders, dense',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const sizes = { width, heads, innerWidth: 80, segmentLength, maxSegments: n / segmentLength };
    const layer = hatLayer({ ...sizes, sentence: true, document: true });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, hidden, { padding: padding(marks) }),
      (parameters, hidden) => reference.hatLayer(parameters, hidden, { heads, segmentLength, marks }),
    );
  },
};

/** Attention between the levels of a text. */
export const levelMechanisms: readonly Mechanism[] = [levelled, hatted];
