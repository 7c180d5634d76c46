import { createKey } from '@longspan/core-tensor';
import * as xl from '@longspan/memory-xl';
import { ones, type Tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { type Accepted, row, type Table } from '../row.ts';
import { anyRank, layerRow } from './layers.ts';

const attention = {
  width: 4,
  heads: 2,
  headDim: 2,
  window: { left: 3 },
  maxDistance: 4,
  sharedBiases: false,
  attentionDropout: 0.1,
  blockSize: 2,
};
const memory = { ...attention, memoryLength: 3, normalization: 'pre', epsilon: 1e-5, hiddenDropout: 0.1, memoryStart: 'zeros' };
const stack = { ...memory, layers: 1, innerWidth: 6, wrapLayer: <L>(layer: L): L => layer };
const clusters = { vocabulary: 10, width: 4, embeddingWidth: 4, cutoffs: [6], widthDivisor: 2 };
const x = () => ones([1, 5, 4]);
const sizes = { vocabulary: 9, width: 4 };
const embedding = xl.adaptiveEmbedding(sizes);
const layers = xl.segmentRecurrence({ width: 4, layers: 1, heads: 2, headDim: 2, innerWidth: 8, memoryLength: 0, embedding });
const softmax = xl.adaptiveSoftmax(sizes);
const small = xl.memoryAttention({ width: 4, heads: 2, headDim: 2, memoryLength: 6 });
const score = () => {
  const [own, ofSoftmax] = [layers.init(createKey(0)), softmax.init(createKey(1))];
  return (tokens: Tensor, { targets, state }: xl.ScoredSegment) => {
    const read = layers.apply(own, tokens, { state });
    return { hidden: softmax.apply(ofSoftmax, read.hidden, { targets }), state: read.state };
  };
};
const ids = () => tensor2d([[1, 8, 2]], [1, 3], 'int32');

const stored: Accepted = {
  '0.nats': ['-1'],
  '0.state': ['unknown'],
  '0.predicted': ['2^53 - 1'],
  '0.state.*': ['misspelt', 'rank', 'dtype', 'number', 'tensor', 'empty', '-1', '2^53', '2^53 - 1'],
};

export const memoryXl: Table = {
  distanceEncodings: row([() => [{ width: 4, distances: 5, maxDistance: 3 }]]),
  positionwiseFeedForward: layerRow([() => [{ width: 4, innerWidth: 6, normalization: 'pre', epsilon: 1e-5, hiddenDropout: 0.1 }]], x, {
    applied: anyRank,
  }),
  relativeAttention: layerRow([() => [attention], () => [{ ...attention, window: undefined, sharedBiases: true }]], x, {
    contexts: [() => ({ r: ones([9, 4]), memory: ones([1, 4, 4]), memoryLengths: [3] })],
  }),
  contextLosses: row([() => [score(), { tokens: [1, 2, 3, 4, 5, 6], positions: [4, 5], batch: 2 }]]),
  relativeEffectiveContextLength: row([
    () => [{ models: { one: () => [1], two: () => [2] }, step: 50, start: 50, ratio: 1, threshold: 0.01, longest: 200 }],
  ]),
  memoryAttention: layerRow([() => [memory]], x, { contexts: [() => ({ r: ones([9, 4]) })] }),
  resetRows: row([() => [{ memory: ones([2, 3, 4]), 'lengths.0': 3, 'lengths.1': 3 }, [1], { start: 'zeros' }]]),
  zeroMemory: row([() => [small, { batch: 2, length: 3, width: 4 }]]),
  segmentRecurrence: layerRow([() => [stack]], x, { contexts: [() => ({ r: ones([9, 4]), hiddenStates: true })] }),
  evaluateStream: row([
    () => [
      score(),
      [[1, 2, 3, 4]],
      {
        segmentLength: 2,
        state: { predicted: 0, nats: 0, state: {} },
        sourceStart: 0,
        signal: new AbortController().signal,
        onSegment: () => {},
      },
    ],
  ]),
  disposeStream: row([() => [{ predicted: 5, nats: 2.5, state: { memory: zeros([1, 2]), position: 3 } }]], stored),
  readStream: row([() => [bytes]]),
  writeStream: row([() => [{ predicted: 5, nats: 2.5, state: { memory: zeros([1, 2]), position: 3 } }]], stored),
  adaptiveEmbedding: layerRow([() => [clusters]], ids, { applied: anyRank }),
  adaptiveSoftmax: layerRow(
    [() => [{ ...clusters, tiedTables: false, tiedProjections: [false, false], ignoreIndex: -1 }]],
    () => ones([2, 4]),
    {
      contexts: [() => ({ targets: [0, 5] }), () => ({ targets: tensor1d([0, 5], 'int32') })],
      accepts: { '0.ignoreIndex': ['-1'] },
      applied: anyRank,
    },
  ),
};

const bytes = await xl.writeStream({ predicted: 5, nats: 2.5, state: {} });
