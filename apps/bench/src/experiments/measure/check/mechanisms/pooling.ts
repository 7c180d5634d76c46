import {
  attentionPooling,
  attentionUpsampling,
  linearPooling,
  linearUpsampling,
  maxPooling,
  meanPooling,
  repeatUpsampling,
  shiftRight,
  uniformGroups,
} from '@longspan/hierarchical';
import * as reference from '@longspan/tooling/reference';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';
import { longestWord, wordsOf } from './text-groups.ts';

const { batch, n, heads, headDim } = checkSizes;
const width = heads * headDim;

const means: Mechanism = {
  name: 'meanPooling by words',
  against: 'a matrix of shares',
  prepare(text) {
    const words = wordsOf(text);
    return {
      inputs: [text.hidden('hidden', width)],
      ours: (x) => [meanPooling(x, words)],
      reference: (x) => [reference.meanPooling(x, words.offsets)],
    };
  },
};

const largest: Mechanism = {
  name: 'maxPooling by words',
  against: 'the largest of a table of all members',
  prepare(text) {
    const words = wordsOf(text);
    return {
      inputs: [text.numbers('hidden', [batch, n, width])], // text repeats itself, and ties have no one gradient
      ours: (x) => [maxPooling(x, words)],
      reference: (x) => [reference.maxPooling(x, words.offsets)],
    };
  },
};

const linear: Mechanism = {
  name: 'linearPooling by words',
  against: 'members put side by side by a matrix',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const words = wordsOf(text);
    const layer = linearPooling({ width, members: longestWord });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, hidden, { groups: words }),
      (parameters, hidden) => reference.linearPooling(parameters, hidden, { groups: words.offsets, size: longestWord }),
    );
  },
};

const byAttention: Mechanism = {
  name: 'attentionPooling by words, one before',
  against: 'the same layer, dense',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const words = wordsOf(text);
    const layer = attentionPooling({ width, heads, before: 1 });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, hidden, { groups: words }),
      (parameters, hidden) => reference.attentionPooling(parameters, hidden, { groups: words.offsets, heads, before: 1 }),
    );
  },
};

const repeated: Mechanism = {
  name: 'repeatUpsampling, causal, of shifted groups of 5',
  against: 'matrices of ones: what has ended before',
  prepare(text) {
    const groups = uniformGroups({ length: n, factor: 5 });
    const { offsets } = groups;
    return {
      inputs: [text.hidden('hidden', width)],
      ours: (x) => [repeatUpsampling(meanPooling(shiftRight(x, 4), groups), groups, { causal: true })],
      reference: (x) => [reference.repeatUpsampling(reference.meanPooling(reference.shiftRight(x, 4), offsets), offsets, { causal: true })],
    };
  },
};

const spread: Mechanism = {
  name: 'linearUpsampling by words',
  against: 'all slots of all groups, picked by a matrix',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const words = wordsOf(text);
    const layer = linearUpsampling({ width, members: longestWord });
    return layerSides(
      text,
      layer.init(text.key),
      [reference.meanPooling(text.hidden('hidden', width), words.offsets)],
      (parameters, hidden) => layer.apply(parameters, hidden, { groups: words }),
      (parameters, hidden) => reference.linearUpsampling(parameters, hidden, { groups: words.offsets, size: longestWord }),
    );
  },
};

const asking: Mechanism = {
  name: 'attentionUpsampling by words, causal, one before',
  against: 'the same layer, dense',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const words = wordsOf(text);
    const options = { heads, before: 1, causal: true } as const;
    const layer = attentionUpsampling({ width, ...options });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('members', width), reference.meanPooling(text.hidden('hidden', width), words.offsets)],
      (parameters, members, hidden) => layer.apply(parameters, hidden, { members, groups: words }),
      (parameters, members, x) => reference.attentionUpsampling(parameters, { members, x }, { ...options, groups: words.offsets }),
    );
  },
};

/** From tokens to units of the text, and back. */
export const poolingMechanisms: readonly Mechanism[] = [means, largest, linear, byAttention, repeated, spread, asking];
