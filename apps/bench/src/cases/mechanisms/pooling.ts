import type { Parameters } from '@longspan/core-tensor';
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
import { add, expandDims, max, reshape, sub, type Tensor } from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';
import { attendBy, mixed, normed, project, seenPairs, table } from './stock.ts';
import { endedAt, groupMeans, longestWord, wordsOf } from './text-groups.ts';

const { batch, n, heads, headDim } = checkSizes;
const width = heads * headDim;

/** What queries hear from keys, projected. */
const attended = (parameters: Parameters, queries: Tensor, keys: Tensor, counts: Tensor): Tensor =>
  project(parameters, 'attention.out', attendBy(parameters, 'attention.', { queries, keys, heads }, { counts }));

const means: Mechanism = {
  name: 'meanPooling by words',
  against: 'a matrix of shares',
  prepare(text) {
    const words = wordsOf(text);
    return {
      inputs: [text.hidden('hidden', width)],
      ours: (x) => [meanPooling(x, words)],
      reference: (x) => [mixed(groupMeans(words), x)],
    };
  },
};

const largest: Mechanism = {
  name: 'maxPooling by words',
  against: 'the largest of a table of all members',
  prepare(text) {
    const words = wordsOf(text);
    const outside = table(words.count, n, (group, member) => (words.owners[member] === group ? 0 : 1e9));
    return {
      inputs: [text.numbers('hidden', [batch, n, width])], // text repeats itself, and ties have no one gradient
      ours: (x) => [maxPooling(x, words)],
      reference: (x) => [max(sub(expandDims(x, 1), reshape(outside, [1, words.count, n, 1])), 2)],
    };
  },
};

const linear: Mechanism = {
  name: 'linearPooling by words',
  against: 'members put side by side by a matrix',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const words = wordsOf(text);
    const layer = linearPooling({ width, size: longestWord });
    const slots = table(words.count * longestWord, n, (slot, member) => {
      const group = Math.floor(slot / longestWord);
      return Number(words.owners[member] === group && member - (words.offsets[group] as number) === slot % longestWord);
    });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, { hidden: hidden, groups: words }),
      (parameters, hidden) => project(parameters, 'dense', reshape(mixed(slots, hidden), [batch, words.count, longestWord * width])),
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
    const counts = seenPairs(words.count, n, (group, member) => [group, group - 1].includes(words.owners[member] as number));
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, { hidden: hidden, groups: words }),
      (parameters, hidden) => {
        const keys = normed(parameters, 'norm', hidden);
        const queries = mixed(groupMeans(words), keys);
        return add(mixed(groupMeans(words), hidden), attended(parameters, queries, keys, counts));
      },
    );
  },
};

const repeated: Mechanism = {
  name: 'repeatUpsampling, causal, of shifted groups of 5',
  against: 'matrices of ones: what has ended before',
  prepare(text) {
    const groups = uniformGroups(n, 5);
    const ended = table(n, groups.count, (member, group) => Number(endedAt(groups, member) === group));
    const moved = table(n, n, (to, from) => Number(to === from + 4));
    return {
      inputs: [text.hidden('hidden', width)],
      ours: (x) => [repeatUpsampling(meanPooling(shiftRight(x, 4), groups), groups, { causal: true })],
      reference: (x) => [mixed(ended, mixed(groupMeans(groups), mixed(moved, x)))],
    };
  },
};

const spread: Mechanism = {
  name: 'linearUpsampling by words',
  against: 'all slots of all groups, picked by a matrix',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const words = wordsOf(text);
    const layer = linearUpsampling({ width, size: longestWord });
    const picked = table(n, words.count * longestWord, (member, slot) => {
      const group = words.owners[member] as number;
      return Number(slot === group * longestWord + member - (words.offsets[group] as number));
    });
    return layerSides(
      text,
      layer.init(text.key),
      [mixed(groupMeans(words), text.hidden('hidden', width))],
      (parameters, hidden) => layer.apply(parameters, { hidden: hidden, groups: words }),
      (parameters, hidden) => mixed(picked, reshape(project(parameters, 'dense', hidden), [batch, words.count * longestWord, width])),
    );
  },
};

const asking: Mechanism = {
  name: 'attentionUpsampling by words, causal, one before',
  against: 'the same layer, dense',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const words = wordsOf(text);
    const layer = attentionUpsampling({ width, heads, before: 1, causal: true });
    const last = Int32Array.from({ length: n }, (_, member) => endedAt(words, member));
    const counts = seenPairs(n, words.count, (member, group) => [last[member], (last[member] as number) - 1].includes(group));
    const ended = table(n, words.count, (member, group) => Number(last[member] === group));
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('members', width), mixed(groupMeans(words), text.hidden('hidden', width))],
      (parameters, members, hidden) => layer.apply(parameters, { members: members, hidden: hidden, groups: words }),
      (parameters, members, hidden) => {
        const whole = add(members, mixed(ended, hidden));
        const [queries, keys] = [normed(parameters, 'members_norm', whole), normed(parameters, 'norm', hidden)];
        return add(whole, attended(parameters, queries, keys, counts));
      },
    );
  },
};

/** From tokens to units of the text, and back. */
export const poolingMechanisms: readonly Mechanism[] = [means, largest, linear, byAttention, repeated, spread, asking];
