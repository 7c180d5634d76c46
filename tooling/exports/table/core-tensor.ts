import * as core from '@longspan/core-tensor';
import { createLayout, sharedCoverage } from '@longspan/core-tensor/layout';
import { ones, tensor1d, tensor2d, tensor4d, zeros } from '@tensorflow/tfjs-core';
import type { Mistake } from '../mistakes.ts';
import { type Accepted, bare, row, type Table } from '../row.ts';
import { anyRank, layerRow } from './layers.ts';

const key = core.createKey(1);
const ids = () => tensor2d([[1, 2, 3]], [1, 3], 'int32');
const linear = () => core.linear({ inFeatures: 4, outFeatures: 4 });
const all = sharedCoverage({ allows: () => true, cover: () => 'all' });
const layout = () => createLayout(all, { queryLength: 4, blockSize: 2 });
const selected = () => tensor4d([0, 1], [1, 1, 2, 1], 'int32');
const q = () => ones([1, 2, 4, 4]);
const attention = () => [q(), q(), q(), { layout: layout(), scale: 0.5, score: [core.softCap(3.5)], selected: selected() }];
const draw = { kind: 'uniform', bound: 0.5 };
const file = () => core.writeSafetensors({ tensors: { weight: { dtype: 'F32', shape: [2], values: Float32Array.of(1, 2) } } });
const matrixFile = () => core.writeSafetensors({ tensors: { weight: { dtype: 'F32', shape: [1, 2], values: Float32Array.of(1, 2) } } });
const thrown = { unchecked: 'an error: thrown, not called' };
const weights = () => ({ innerWeight: ones([3, 2]), innerBias: ones([3]), outerWeight: ones([2, 3]), outerBias: ones([2]) });

const packed = () => ({ kind: 'int8', numbers: zeros([2, 1], 'int32'), scale: ones([2]), shape: [2, 4] });
const packedWeights = () => ({
  innerWeight: packed(),
  innerBias: ones([2]),
  outerWeight: { kind: 'float16', numbers: zeros([4, 1], 'int32'), shape: [4, 2] },
  outerBias: ones([4]),
});

const seeds: Accepted = { '0': ['text', 'number', '-1', '2^53 - 1'] };
const names: readonly Mistake[] = ['misspelt', 'text'];
/** The parts of a layer have their own names, whatever these are. */
const anyText: Accepted = { '0.names.*': ['text'] };
/** A record of tensors by names of their own. */
/** The tensor of a score term is held against the queries and keys where attention runs. */
const heldLater: Accepted = { '0': ['empty'] };
const tensors: readonly Mistake[] = ['misspelt', 'rank', 'dtype', 'empty'];

export const keyTable: Table = {
  createKey: row([() => [7], () => ['seed']], seeds, {
    methods: {
      fold: { calls: [() => [1], () => ['name']], accepts: seeds, caller: 'key.fold' },
      split: { calls: [() => [2]], caller: 'key.split' },
    },
  }),
  keyFromWords: row([() => [[1, 2]]]),
  randomBits: row([() => [key, 3]]),
  randomNormal: row([() => [key, 3]]),
  randomPermutation: row([() => [key, 3]]),
  randomUniform: row([() => [key, 3]]),
};

export const coreTensor: Table = {
  ...keyTable,
  ConfigError: thrown,
  ExplainedError: thrown,
  FileError: thrown,
  NoKernelError: thrown,
  ShapeError: thrown,
  Padding: { unchecked: 'made by padding and paddingOfLengths, which check' },

  alibi: row([() => [ones([2])]], heldLater),
  attentionDropout: row([() => [{ key, rate: 0.5 }]]),
  attentionSink: row([() => [ones([2])]], heldLater),
  bias: row([() => [ones([1, 1, 4, 4])]], heldLater),
  blockBias: row([() => [ones([4, 2, 2])]], heldLater),
  blockSparseAttention: row([attention], { '3.scale': ['-1'] }),
  cellBias: row([() => [ones([1, 2, 2])]], heldLater),
  distanceBias: row([() => [ones([1, 5]), { center: 2 }]], { ...heldLater, '1.center': ['-1'] }),
  explainBlockSparseAttention: row([attention], { '3.scale': ['-1'] }),
  interruptible: row([() => [() => {}, () => 1]]),
  keyLengths: row([() => [tensor1d([2], 'int32')]], heldLater),
  originalPositions: row([() => [{ query: zeros([1, 1, 4], 'int32'), key: zeros([1, 1, 4], 'int32'), causal: true, selfScore: -5.5 }]], {
    '0.selfScore': ['-1'],
    // Held against the queries and keys where attention runs.
    '0.query': ['empty'],
    '0.key': ['empty'],
  }),
  relativePositions: row([() => [{ r: ones([2, 5, 4]), u: ones([2, 4]), v: ones([2, 4]) }]]),
  softCap: row([() => [3.5]]),
  spanRamp: row([() => [{ span: ones([2]), ramp: 2.5 }]], { '0.span': ['empty'] }), // held against the heads where attention runs

  chain: layerRow([() => [{ a: linear(), b: linear() }]], () => ones([3, 4]), { accepts: { '0.*': ['misspelt'] }, applied: anyRank }),
  compareParameters: row([() => [linear(), { weight: ones([4, 4]) }]], { '1.*': tensors }),
  defineLayer: row([
    () => [
      {
        name: 'defineLayer',
        spec: { gain: { shape: [1], draw: { kind: 'ones' }, decay: false } },
        parts: { linear: linear() },
        reads: ['position'],
        provides: ['grid'],
        states: ['memory'],
        replays: ['memory'],
        check: () => {},
        checkContext: () => {},
        run: () => ones([1]),
      },
    ],
  ]),
  applyDropout: row([() => [ones([3]), 0.5, key]], { '0': ['rank', 'empty'] }),
  dropout: layerRow([() => [{ rate: 0.5 }]], () => ones([3]), { applied: { '0': ['unknown'], '1': ['rank', 'dtype'] } }),
  embedding: layerRow([() => [{ vocabulary: 5, width: 2, paddingIndex: 0, standardDeviation: 0.5 }]], ids, { applied: anyRank }),
  gatherRows: row([() => [ones([5, 2]), ids(), { paddingIndex: 0 }]], { '1': ['rank', 'empty'] }),
  applyFeedForward: row(
    [
      () => [ones([3, 2]), weights(), { activation: 'relu', chunkLength: 2 }],
      () => [ones([3, 4]), packedWeights(), { activation: 'relu', chunkLength: 2 }],
    ],
    { '0': ['rank', 'empty'] },
  ),
  feedForward: layerRow(
    [() => [{ width: 4, innerWidth: 6, activation: 'relu', chunkLength: 2, names: { inner: 'a', outer: 'b' }, draw }]],
    () => ones([3, 4]),
    { accepts: anyText, applied: anyRank },
  ),
  gatedFeedForward: layerRow(
    [
      () => [{ width: 4, innerWidth: 6, activation: 'silu', bias: true, names: { gate: 'a', inner: 'b', outer: 'c' }, draw }],
      () => [{ width: 4, innerWidth: 6, innerDropout: 0, names: { both: 'a', outer: 'c' } }],
    ],
    () => ones([3, 4]),
    { accepts: anyText, applied: anyRank },
  ),
  gelu: row([() => [ones([3]), 'tanh']], { '0': ['rank', 'empty'] }),
  applyHeadProjections: row([
    () => [
      ones([1, 3, 4]),
      [
        { weight: ones([4, 4]), bias: ones([4]), heads: 2 },
        { weight: ones([2, 4]), bias: ones([2]), heads: 1 },
      ],
    ],
    () => [ones([1, 3, 4]), [{ weight: packed(), bias: ones([2]), heads: 1 }]],
  ]),
  mergeHeads: row([() => [ones([1, 2, 3, 2])]], { '0': ['dtype'] }),
  splitHeads: row([() => [ones([1, 3, 4]), 2]], { '0': ['dtype'] }),
  applyLayerNorm: row([() => [ones([3, 2]), ones([2]), ones([2]), 1e-5]], {
    '0': ['rank', 'empty'],
    '1': ['missing', 'undefined'],
    '2': ['missing', 'undefined'],
  }),
  layerNorm: layerRow([() => [{ width: 4, epsilon: 1e-5, weight: true, bias: true }]], () => ones([3, 4]), { applied: anyRank }),
  applyLinear: row([() => [ones([3, 4]), ones([2, 4]), ones([2])], () => [ones([3, 4]), packed(), ones([2])]], {
    '0': ['rank', 'empty'],
    '2': ['missing', 'undefined'],
  }),
  packParameters: row([() => [linear(), { weight: ones([4, 4]), bias: ones([4]) }, 'int8']]),
  packEntry: row([() => [core.readSafetensors(matrixFile()).tensors.get('weight'), 'int8']]),
  packWeight: row([() => [ones([2, 4]), 'int8']]),
  unpackWeight: row([() => [packed()]]),
  linear: layerRow([() => [{ inFeatures: 4, outFeatures: 2, bias: true, draw }]], () => ones([3, 4]), { applied: anyRank }),
  padding: row([() => [[[1, 1, 0]]]]),
  paddingOfLengths: row([() => [[3, 1], 4]]),
  disposeParameters: row([() => [{ weight: ones([2]) }]], { '0.*': tensors }),
  prefixed: row([() => ['query', { weight: ones([2]) }]], { '0': ['text'], '1.*': tensors }),
  scoped: row([() => ['query', { weight: ones([2]) }]], { '0': ['text'], '1.*': tensors }),
  residual: layerRow([() => [linear()]], () => ones([3, 4]), { name: 'linear', applied: anyRank }),
  applyRmsNorm: row([() => [ones([3, 2]), ones([2]), 1e-5]], { '0': ['rank', 'empty'], '1': ['missing', 'undefined'] }),
  rmsNorm: layerRow([() => [{ width: 4, epsilon: 1e-5, weight: true }]], () => ones([3, 4]), { applied: anyRank }),
  loadParameters: row([() => [file(), { prefix: '', layer: core.layerNorm({ width: 2, bias: false }) }]]),
  saveParameters: row([() => [{ weight: ones([2]) }, { metadata: { of: 'this' } }]], { '0.*': tensors, '1.metadata.*': names }),
  disposeState: row([() => [{ memory: ones([2]), position: 1 }]], {
    '0': ['unknown'],
    '0.*': ['misspelt', 'rank', 'dtype', 'number', 'tensor', 'empty', 'NaN', 'Infinity', '-1', '2^53', '2^53 - 1'],
  }),
  keepState: row([() => [{ memory: ones([2]), position: 1 }]], {
    '0': ['unknown'],
    '0.*': ['misspelt', 'rank', 'dtype', 'number', 'tensor', 'empty', 'NaN', 'Infinity', '-1', '2^53', '2^53 - 1'],
  }),
  countParameters: row([() => [linear()], () => [{ weight: ones([2]) }]], { '0': ['record', 'bare'], '0.*': tensors }),
  summary: row([() => [linear()]]),
  weightDecayGroups: row([() => [linear()]]),
  trainable: row([() => [{ weight: ones([2]) }]], { '0.*': tensors }),
  transformerLayer: layerRow(
    [
      () => [
        {
          width: 4,
          attention: linear(),
          crossAttention: linear(),
          feedForward: linear(),
          norm: 'post',
          makeNorm: () => core.rmsNorm({ width: 4 }),
          hiddenDropout: 0.1,
          names: {
            attention: 'a',
            attentionNorm: 'b',
            crossAttention: 'c',
            crossAttentionNorm: 'd',
            feedForward: 'e',
            feedForwardNorm: 'f',
          },
        },
      ],
    ],
    () => ones([1, 3, 4]),
    { applied: anyRank },
  ),
  crossEntropy: row([() => [ones([1, 3, 5]), ids(), { reduction: 'sum', ignoreIndex: 2, labelSmoothing: 0.1 }]], {
    '2.ignoreIndex': ['-1'],
  }),
  linearCrossEntropy: row(
    [
      () => [
        { hidden: ones([1, 3, 4]), weight: ones([5, 4]), bias: ones([5]), targets: ids() },
        { reduction: 'sum', ignoreIndex: 2, labelSmoothing: 0.1, chunkLength: 2 },
      ],
    ],
    { '1.ignoreIndex': ['-1'] },
  ),
  caches: bare,
  clearCaches: bare,
  adamWStep: row(
    [
      () => [
        { parameters: { a: ones([2]) }, firstMoments: { a: zeros([2]) }, secondMoments: { a: zeros([2]) } },
        { a: ones([2]) },
        { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, step: 1 },
      ],
    ],
    { '2.step': ['2^53 - 1'] },
  ),
  alibiSlopes: row([() => [4]]),
  applyAxialPositions: row([() => [ones([3, 2]), ones([2, 1, 1]), ones([1, 2, 1]), 1]], { '0': ['rank', 'empty'] }),
  axialPositions: layerRow([() => [{ shape: [4, 2], widths: [3, 1], standardDeviation: 0.5 }]], () => ones([1, 3, 4]), {
    contexts: [() => ({ position: 1 })],
    applied: anyRank,
  }),
  applyLearnedPositions: row([() => [ones([1, 2]), ones([4, 2]), 1]], { '0': ['rank', 'empty'] }),
  learnedPositions: layerRow([() => [{ length: 8, width: 4, standardDeviation: 0.5 }]], () => ones([1, 3, 4]), {
    contexts: [() => ({ position: 1 })],
    applied: anyRank,
  }),
  applyRotary: row([() => [ones([1, 1, 2, 4]), core.rotaryTables([0, 1], 4, { style: 'half' })]]),
  rotary: row([() => [ones([1, 1, 2, 4]), [0, 1], { style: 'half', base: 100.5, rotaryDim: 2 }]]),
  rotaryTables: row([() => [[0, 1], 4, { style: 'half', base: 100.5, rotaryDim: 2 }]]),
  sinusoidalPositions: row([() => [3, 4, { style: 'concatenated', base: 100.5 }]], { '0': ['list'] }),
  relativeDistanceBuckets: row([() => [{ buckets: 8, maxDistance: 16.5, bidirectional: true }]]),
  readSafetensors: row([() => [file()]]),
  openSafetensors: row([() => [new Blob([file()])]]),
  openShards: row([() => ['{"weight_map": {"weight": "model.safetensors"}}', () => new Blob([file()])]]),
  toTensor: row([() => [core.readSafetensors(file()).tensors.get('weight')]]),
  streamSafetensors: row(
    [() => [{ tensors: { weight: { dtype: 'F32', shape: [2], values: () => Float32Array.of(1, 2) } }, metadata: { of: 'this' } }]],
    { '0.tensors.*': ['misspelt'], '0.metadata.*': names },
  ),
  writeSafetensors: row(
    [() => [{ tensors: { weight: { dtype: 'F32', shape: [2], values: Float32Array.of(1, 2) } }, metadata: { of: 'this' } }]],
    { '0.tensors.*': ['misspelt'], '0.metadata.*': names },
  ),
  dims: { unchecked: 'for authors of functions: it checks what their users give' },
  logSumExp: row([() => [ones([2, 3]), -1]], { '0': ['rank', 'empty'], '1': ['-1'] }),
  bernoulli: row([() => [key, [2], 0.5]]),
  normal: row([() => [key, [2], { mean: 0.5, standardDeviation: 0.5 }]], { '2.mean': ['-1'] }),
  uniform: row([() => [key, [2], { min: 0.5, max: 1.5 }]], { '2.min': ['-1'] }),
  stopGradient: row([() => [ones([2])]], { '0': ['rank', 'dtype', 'empty'] }),
};

const window = { queryLength: 8, keyLength: 10, queryOffset: 1, blockSize: 4 };
const forAuthors = 'for authors of layers and kernels: given what the public function has checked';

export const layoutTable: Table = {
  blockCount: { unchecked: forAuthors },
  transposed: { unchecked: forAuthors },
  coverOfRange: { unchecked: forAuthors },
  modulo: { unchecked: forAuthors },
  periodic: { unchecked: forAuthors },
  everySelection: { unchecked: forAuthors },
  ofPositions: { unchecked: forAuthors },
  ofSpans: { unchecked: forAuthors },
  layoutOf: { unchecked: forAuthors },
  resolveExtent: { unchecked: forAuthors },
  listedPairs: { unchecked: forAuthors },
  requireLayout: { unchecked: forAuthors },
  sharedCoverage: row([() => [{ allows: () => true, cover: () => 'all', pattern: () => undefined }]]),
  createLayout: row([() => [all, window]], { '1.queryOffset': ['-1'] }),
  layoutBytes: row([() => [layout()]]),
};
