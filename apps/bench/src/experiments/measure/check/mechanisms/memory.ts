import { adaptiveEmbedding, adaptiveSoftmax, memoryAttention, segmentRecurrence } from '@longspan/memory-xl';
import * as reference from '@longspan/tooling/reference';
import { concat, reshape, slice, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { drawnParameters, layerSides, weightTolerance } from './layer-sides.ts';
import { type CheckText, checkSizes, type Mechanism } from './mechanism.ts';

const { batch, n, heads, headDim } = checkSizes;
const width = heads * headDim;
/** The first part of the text, and what is left of it. */
const memoryLength = 101;
const segmentLength = n - memoryLength;

const rows = (x: Tensor, from: number, count: number): Tensor => slice(x, [0, from, 0], [batch, count, -1]);

const relative: Mechanism = {
  name: 'memoryAttention, rows that remember less',
  against: 'the same layer, dense, r gathered by distance',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = memoryAttention({ width, heads, headDim, memoryLength });
    const whole = text.hidden('hidden', width);
    const memoryLengths = [memoryLength, 60];
    const lengths = Object.fromEntries(memoryLengths.map((length, row) => [`lengths.${row}`, length]));
    const counts = reference.visiblePairs({ batch, queries: segmentLength, keys: n }, ({ batch: row, query, key }) => {
      const forgotten = memoryLength - (memoryLengths[row] as number);
      return key >= forgotten && key <= memoryLength + query;
    });
    return layerSides(
      text,
      layer.init(text.key),
      // Farther than 150 tokens all distances look the same.
      [rows(whole, memoryLength, segmentLength), rows(whole, 0, memoryLength), text.numbers('r', [151, width])],
      (parameters, hidden, memory, r) => layer.apply(parameters, hidden, { r, state: { memory: memory as Tensor, ...lengths } }).hidden,
      (parameters, hidden, memory, r) => reference.relativeAttention(parameters, { hidden, memory, r, counts }),
    );
  },
};

const layers = 2;

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
        const before = stack.apply(parameters, first);
        return [before.hidden, stack.apply(parameters, second as Tensor, { state: before.state }).hidden];
      },
      reference(second) {
        const out = reference.relativeStack(parameters, concat([first, second], 1), layers);
        return [rows(out, 0, memoryLength), rows(out, memoryLength, segmentLength)];
      },
    };
  },
};

const sizes = { vocabulary: 256, width, cutoffs: [40, 120], widthDivisor: 2 } as const;

/** The bytes of the text, shuffled over the vocabulary, with at least one in each cluster. */
const tokensOf = ({ rows }: CheckText): Int32Array => {
  const shuffled = Int32Array.from(rows.flatMap((row) => [...row]).map((byte) => (byte * 37) % sizes.vocabulary));
  for (const [at, start] of [0, ...sizes.cutoffs].entries()) shuffled[at] = start;
  return shuffled;
};

const softmaxOfClusters: Mechanism = {
  name: 'adaptiveSoftmax, three clusters',
  against: 'log p(cluster) + log p(token | cluster) for all tokens',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = adaptiveSoftmax(sizes);
    const targets = tokensOf(text).map((token, at) => (at % 9 === 8 ? -100 : token));
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => [layer.apply(parameters, hidden, { targets }), layer.logProbabilities.apply(parameters, hidden)],
      (parameters, hidden) => {
        const all = reference.adaptiveLogProbabilities(parameters, hidden, sizes);
        return [reference.adaptiveLosses(all, targets), all];
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
      (parameters) => reshape(reference.adaptiveEmbedding(parameters, tokens, sizes), [batch, n, width]),
    );
  },
};

/** What reads a text segment by segment, and what makes a large vocabulary cheap. */
export const memoryMechanisms: readonly Mechanism[] = [relative, recurrence, softmaxOfClusters, embedding];
