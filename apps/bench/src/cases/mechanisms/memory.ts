import { type Parameters, scoped } from '@longspan/core-tensor';
import { adaptiveEmbedding, adaptiveSoftmax, relativeAttention, segmentRecurrence } from '@longspan/memory-xl';
import {
  add,
  addN,
  concat,
  logSoftmax,
  matMul,
  mul,
  neg,
  relu,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor,
  tensor1d,
  tensor2d,
  transpose,
} from '@tensorflow/tfjs-core';
import { drawnParameters, layerSides, weightTolerance } from './layer-sides.ts';
import { type CheckText, checkSizes, type Mechanism } from './mechanism.ts';
import { attend, inHeads, joinedHeads, normed, oneHots, pairScores, project, seenPairs, waves } from './stock.ts';

const { batch, n, heads, headDim } = checkSizes;
const width = heads * headDim;
/** The first part of the text, and what is left of it. */
const memoryLength = 101;
const segmentLength = n - memoryLength;

const rows = (x: Tensor, from: number, count: number): Tensor => slice(x, [0, from, 0], [batch, count, -1]);

/**
 * Transformer-XL's attention layer, n x n: scores (q + u)·k + (q + v)·r for the r of the pair's distance.
 * @param r one row for each distance, that of 0 last; those farther than the table take the first
 */
function denseRelative(parameters: Parameters, hidden: Tensor, memory: Tensor | undefined, r: Tensor, counts: Tensor): Tensor {
  const all = memory === undefined ? hidden : concat([memory, hidden], 1);
  const remembered = memory?.shape[1] ?? 0;
  const weights = { 'r.weight': parameters['r_net.weight'] as Tensor, 'o.weight': parameters['o_net.weight'] as Tensor };
  const part = (at: number, x: Tensor): Tensor => {
    const weight = slice(parameters['qkv_net.weight'] as Tensor, [at * width, 0], [width, width]);
    return inHeads(project({ 'qkv.weight': weight }, 'qkv', x), heads);
  };
  const [q, k, v] = [part(0, hidden), part(1, all), part(2, all)];
  const biased = (name: string): Tensor => add(q, reshape(parameters[name] as Tensor, [1, heads, 1, headDim]));
  const last = (r.shape[0] as number) - 1;
  const rowOf = (query: number, key: number): number => Math.min(last, Math.max(0, last - (remembered + query - key)));
  const scale = 1 / Math.sqrt(headDim);
  const byDistance = pairScores(biased('r_r_bias'), project(weights, 'r', r), all.shape[1] as number, rowOf);
  const out = attend(biased('r_w_bias'), k, v, { counts, scores: mul(byDistance, scale) });
  return normed(parameters, 'layer_norm', add(hidden, project(weights, 'o', joinedHeads(out))));
}

const relative: Mechanism = {
  name: 'relativeAttention over a memory, rows that remember less',
  against: 'the same layer, dense, r gathered by distance',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = relativeAttention({ width, heads, headDim });
    const whole = text.hidden('hidden', width);
    const memoryLengths = [memoryLength, 60];
    const ofRow = memoryLengths.map((length) =>
      seenPairs(segmentLength, n, (query, key) => key >= memoryLength - length && key <= memoryLength + query),
    );
    const counts = concat(ofRow, 0);
    return layerSides(
      text,
      layer.init(text.key),
      // Farther than 150 tokens all distances look the same.
      [rows(whole, memoryLength, segmentLength), rows(whole, 0, memoryLength), text.numbers('r', [151, width])],
      (parameters, hidden, memory, r) => layer.apply(parameters, { hidden: hidden, memory, memoryLengths, r: r }),
      (parameters, hidden, memory, r) => denseRelative(parameters, hidden, memory, r, counts),
    );
  },
};

const layers = 2;

/** All layers over the whole text at once. */
function denseStack(parameters: Parameters, hidden: Tensor): Tensor {
  const length = hidden.shape[1] as number;
  const r = waves(
    Array.from({ length }, (_, row) => length - 1 - row),
    width,
  );
  const counts = seenPairs(length, length, (query, key) => key <= query);
  let x = hidden;
  for (let at = 0; at < layers; at++) {
    x = denseRelative(scoped(parameters, `layers.${at}.dec_attn`), x, undefined, r, counts);
    const feed = scoped(parameters, `layers.${at}.pos_ff`);
    x = normed(feed, 'layer_norm', add(x, project(feed, 'CoreNet.3', relu(project(feed, 'CoreNet.0', x)))));
  }
  return x;
}

const recurrence: Mechanism = {
  name: 'segmentRecurrence, 2 layers, 2 segments',
  against: 'dense over both segments as one; gradients of the second',
  prepare(text) {
    const stack = segmentRecurrence({ layers, width, heads, headDim, innerWidth: 80, memoryLength: n });
    const parameters = drawnParameters(text, stack.init(text.key));
    const whole = text.hidden('hidden', width);
    const first = rows(whole, 0, memoryLength);
    return {
      // Memory is stopGradient, so that the first segment and the parameters have other gradients than in one long sequence.
      inputs: [rows(whole, memoryLength, segmentLength)],
      ours(second) {
        const before = stack.apply(parameters, { hidden: first });
        return [before.hidden, stack.apply(parameters, { hidden: second, memory: before.memory }).hidden];
      },
      reference(second) {
        const out = denseStack(parameters, concat([first, second], 1));
        return [rows(out, 0, memoryLength), rows(out, memoryLength, segmentLength)];
      },
    };
  },
};

const sizes = { vocabulary: 256, width, cutoffs: [40, 120], divVal: 2 } as const;
const bounds = [0, ...sizes.cutoffs, sizes.vocabulary];
const clusters = bounds.slice(1).map((end, at) => ({ start: bounds[at] as number, end }));

/** The bytes of the text, shuffled over the vocabulary, with at least one in each cluster. */
const tokensOf = ({ rows }: CheckText): Int32Array => {
  const shuffled = Int32Array.from(rows.flatMap((row) => [...row]).map((byte) => (byte * 37) % sizes.vocabulary));
  for (const [at, { start }] of clusters.entries()) shuffled[at] = start;
  return shuffled;
};

const softmaxOfClusters: Mechanism = {
  name: 'adaptiveSoftmax, three clusters',
  against: 'log p(cluster) + log p(token | cluster) for all tokens',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = adaptiveSoftmax(sizes);
    const targets = tokensOf(text).map((token, at) => (at % 9 === 8 ? -100 : token));
    const wanted = reshape(oneHots(tensor1d(targets, 'int32'), sizes.vocabulary), [batch, n, sizes.vocabulary]);
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => [layer.apply(parameters, { hidden: hidden, targets }), layer.logProbabilities(parameters, hidden)],
      (parameters, hidden) => {
        const cut = (at: number, ...more: string[]): Tensor => {
          const projected = matMul(reshape(hidden, [batch * n, width]), parameters[`out_projs.${at}`] as Tensor);
          const joined = (kind: 'weight' | 'bias'): Tensor =>
            concat([`out_layers.${at}.${kind}`, ...more.map((name) => `${name}_${kind}`)].map((name) => parameters[name] as Tensor));
          return logSoftmax(add(matMul(projected, transpose(joined('weight'))), joined('bias')));
        };
        const head = cut(0, 'cluster');
        const frequent = slice(head, [0, 0], [-1, 40]);
        const rare = [1, 2].map((at) => add(cut(at), slice(head, [0, 39 + at], [-1, 1])));
        const all = reshape(concat([frequent, ...rare], 1), [batch, n, sizes.vocabulary]);
        return [neg(sum(mul(all, wanted), 2)), all];
      },
    );
  },
};

const embedding: Mechanism = {
  name: 'adaptiveEmbedding, three clusters',
  against: 'one-hot rows times each table and its projection',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = adaptiveEmbedding(sizes);
    const tokens = tokensOf(text);
    const ids = tensor2d(tokens, [batch, n], 'int32');
    return layerSides(
      text,
      layer.init(text.key),
      [],
      (parameters) => layer.apply(parameters, ids),
      (parameters) => {
        const ofClusters = clusters.map(({ start, end }, at) => {
          const own = oneHots(
            tensor(
              tokens.map((token) => token - start),
              [batch * n],
              'int32',
            ),
            end - start,
          );
          const rows = matMul(own, parameters[`emb_layers.${at}.weight`] as Tensor);
          return project({ 'up.weight': parameters[`emb_projs.${at}`] as Tensor }, 'up', rows);
        });
        return reshape(mul(addN(ofClusters), Math.sqrt(width)), [batch, n, width]);
      },
    );
  },
};

/** What reads a text segment by segment, and what makes a large vocabulary cheap. */
export const memoryMechanisms: readonly Mechanism[] = [relative, recurrence, softmaxOfClusters, embedding];
