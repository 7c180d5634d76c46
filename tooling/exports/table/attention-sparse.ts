import * as sparse from '@longspan/attention-sparse';
import { alibi, createKey, padding, softCap } from '@longspan/core-tensor';
import { createLayout } from '@longspan/core-tensor/layout';
import { ones, tensor, tensor4d, zeros } from '@tensorflow/tfjs-core';
import { type Accepted, bare, row, type Table } from '../row.ts';
import { layerRow } from './layers.ts';

const key = createKey(1);
const { causal, slidingWindow } = sparse;
const q = () => ones([1, 2, 4, 4]);
const x =
  (length = 5) =>
  () =>
    ones([1, length, 4]);
const selected = () => tensor4d([0, 1], [1, 1, 2, 1], 'int32');
const attention = { scale: 0.5, score: [softCap(3.5)], blockSize: 2, queryOffset: 0 };
const attentionCalls = [
  () => [q(), q(), q(), { ...attention, mask: causal(), selected: selected() }],
  () => [q(), q(), q(), { layout: createLayout(causal(), { queryLength: 4, blockSize: 2 }), score: [alibi(ones([2]))] }],
];
const window = { left: 1, right: 1 };
const draw = { kind: 'uniform', bound: 0.5 };
const names = { query: 'q', key: 'k', value: 'v', output: 'o' };
const dropout = { key, rate: 0.5 };
const padded = () => padding([[1, 1, 1, 0]]);
const paddedX = () => padding([[1, 1, 1, 1, 0]]);
const parts = () => sparse.segments({ text: 2, image: 3 }, { text: 2, image: 3 });
const local = { bucketSize: 2, before: 1, after: 1, causal: false, padding: padded(), scale: 0.5, attentionDropout: dropout, blockSize: 2 };
const blocks = { topK: 1, blockSize: 2, candidates: causal(), causal: true, queryOffset: 0 };
const lengths = { queryLength: 4, keyLength: 4 };
const branch = () => ({ k: ones([1, 1, 8, 4]), v: ones([1, 1, 8, 4]) });
const nsa = {
  compressionLength: 2,
  compressionStride: 2,
  selectionLength: 4,
  selectedBlocks: 2,
  initialBlocks: 0,
  localBlocks: 1,
  window: { left: 1 },
  scale: 0.5,
};
const heads = {
  width: 4,
  heads: 2,
  keyHeads: 1,
  headDim: 2,
  bias: true,
  output: true,
  names,
  draw,
  scale: 0.5,
  attentionDropout: 0.1,
  blockSize: 2,
};

/** Real numbers and positions that may be negative. */
const shifted: Accepted = { '3.scale': ['-1'], '3.queryOffset': ['-1'] };
const scaled: Accepted = { '3.scale': ['-1'] };
const offset: Accepted = { '1.queryOffset': ['-1'] };

export const maskTable: Table = {
  bigBird: row([() => [{ blockSize: 2, windowBlocks: 0, globalBlocks: [0], randomBlocks: [[], [3]] }]]),
  blockDiagonal: row([() => [{ blockSize: 2 }]]),
  blockWindow: row([() => [{ blockSize: 4, left: 1, right: 0 }]]),
  causal: {
    ...bare,
    methods: {
      select: { calls: [() => [{ head: 0, batch: 0 }]], caller: 'mask.select' },
      and: { calls: [() => [causal()]], caller: 'mask.and' },
      or: { calls: [() => [causal()]], caller: 'mask.or' },
      not: { calls: [() => []] },
      toJSON: { calls: [() => []] },
    },
  },
  checkMask: row([() => [causal(), 20], () => [causal(), { queryLength: 8, keyLength: 8, queryOffset: 0, rectangles: 4, key }]], {
    '1': ['number'],
    ...offset,
  }),
  denseMask: row([() => [causal(), { queryLength: 4, keyLength: 4, queryOffset: 0 }]], offset),
  dilatedWindow: row([() => [{ left: 1, right: 1, dilation: 3 }], () => [{ left: 1, dilation: [1, 2] }]], {
    '0.dilation': ['number', 'list'],
  }),
  documents: row([() => [[7, 7, 8]], () => [[[7], [8]]]]),
  drawMask: row(
    [
      () => [causal(), 3],
      () => [
        causal(),
        { ...lengths, queryOffset: 0, size: 2, queries: { start: 0, end: 2 }, keys: { start: 0, end: 2 }, head: 0, batch: 0 },
      ],
    ],
    { '1': ['number'], ...offset },
  ),
  drawMaskSvg: row([() => [causal(), 3, { cell: 2 }], () => [causal(), { ...lengths, size: 2 }]], { '1': ['number'] }),
  equalMasks: row([() => [causal(), causal()]]),
  everything: bare,
  fixed: row([() => [{ stride: 4, summary: 1 }]]),
  globalTokens: row([() => [[0, 1]]]),
  grid: row(
    [() => [[4, 5]]],
    {},
    {
      methods: {
        neighbourhood: {
          calls: [() => [{ radius: 1 }], () => [{ radius: [1, 0] }]],
          accepts: { '0.radius': ['number', '2^53 - 1'] },
          caller: 'grid.neighbourhood',
        },
        tiles: { calls: [() => [{ size: 2 }]], accepts: { '0.size': ['2^53 - 1'] }, caller: 'grid.tiles' },
        shiftedWindows: { calls: [() => [{ window: 2, shift: 1 }]], accepts: { '0.window': ['2^53 - 1'] }, caller: 'grid.shiftedWindows' },
      },
    },
  ),
  keyPadding: row([() => [{ lengths: [3, 5] }], () => [{ lengths: 3 }]], { '0.lengths': ['number', 'list', '2^53 - 1'] }),
  keysAt: row([() => [[2, 5]], () => [[[2], [5]]]]),
  mask: row([() => [{ name: 'mine', allows: () => true, cover: () => 'some', json: { kind: 'causal' }, pattern: () => undefined }]]),
  maskFromJSON: row([() => [{ kind: 'and', of: [{ kind: 'causal' }, { kind: 'slidingWindow', left: 4, right: 4 }] }]]),
  nothing: bare,
  perBatch: row([() => [[causal(), slidingWindow(window)]]]),
  perHead: row([() => [[causal(), slidingWindow(window)]]]),
  prefix: row([() => [{ length: 3 }]]),
  queriesAt: row([() => [[2, 5]]]),
  randomBlocks: row([() => [key, { queryBlocks: 6, keyBlocks: 6, perQueryBlock: 2, windowBlocks: 1, globalBlocks: [0], heads: 2 }]]),
  segments: row(
    [() => [{ text: 3, image: 4 }, { text: 2 }]],
    { '0': ['unknown'], '1': ['unknown'], '0.*': ['misspelt'], '1.*': ['misspelt'] },
    { methods: { between: { calls: [() => ['text', 'text', causal()]], caller: 'segments.between' } } },
  ),
  slidingWindow: row([() => [{ left: 2, right: 1 }]]),
  strided: row([() => [{ stride: 4 }]]),
};

export const analysisTable: Table = {
  cost: row(
    [() => [causal(), { queryLength: 8, keyLength: 8, queryOffset: 0, blockSize: 4, batch: 1, heads: 2, headDim: 4, valueDim: 4 }]],
    offset,
  ),
  createLayout: row([() => [causal(), { queryLength: 8, keyLength: 8, queryOffset: 0, blockSize: 4 }]], offset),
  dilationSchedule: row([() => [{ layers: 3, left: 1, growth: 2, causal: true }]]),
  drawReach: row([() => [sparse.receptiveField([causal()], { length: 16, blockSize: 4 }), { size: 8 }]]),
  layoutCost: row([() => [createLayout(causal(), { queryLength: 8 }), { batch: 1, heads: 1, headDim: 4, valueDim: 4 }]]),
  receptiveField: row([() => [[causal()], { length: 16, blockSize: 4 }]]),
  receptiveFieldOf: row([() => [[causal()], { query: 9, length: 12 }]]),
  windowOfEqualCost: row([() => [causal(), 64, { blockSize: 4 }]]),
  windowSchedule: row([() => [{ layers: 4, first: 32, growth: 1.5, most: 128, causal: true }]]),
};

export const attentionSparse: Table = {
  ...maskTable,
  ...analysisTable,
  calibrate: row([() => [q(), q(), { recall: 0.9, candidates: [causal(), sparse.everything()], ...attention }]]),
  keptMass: row([
    () => [
      { keys: tensor([0, 1], [1, 1, 1, 2], 'int32'), weights: tensor([0.5, 0.5], [1, 1, 1, 2]) },
      { candidates: [causal()], queries: [2], length: 3, padding: padding([[1, 1, 1]]) },
    ],
  ]),
  chooseMasks: row([() => [[[[{ kept: 1, queries: 1, lowest: 1 }]]], { recall: 0.9, candidates: [causal()], length: 8, blockSize: 4 }]]),
  droppedMass: row([
    () => [sparse.sparseAttention(q(), q(), q(), { mask: causal() }), { logSumExp: sparse.sparseAttention(q(), q(), q()).logSumExp }, q()],
  ]),
  denseAttention: row(attentionCalls, shifted),
  mergeAttention: row([() => [sparse.sparseAttention(q(), q(), q()), sparse.sparseAttention(q(), q(), q())]]),
  explain: row(attentionCalls, shifted),
  sparseAttention: row(attentionCalls, shifted),
  attentionWeights: row([() => [q(), q(), { ...attention, mask: causal(), logSumExp: zeros([1, 2, 4]), queries: [0, 3] }]], {
    '2.scale': ['-1'],
    '2.queryOffset': ['-1'],
  }),
  adaptiveSpanAttention: layerRow([() => [{ ...heads, maxSpan: 8, ramp: 2, initialSpan: 4, penalty: 1e-6, causal: true }]], x(), {
    accepts: { '0.names.*': ['text'], '0.scale': ['-1'] },
    contexts: [() => ({ spans: [4, 4], padding: paddedX(), position: 0 })],
  }),
  bigBirdAttention: layerRow(
    [
      () => [
        {
          width: 4,
          heads: 2,
          blockSize: 2,
          randomBlocks: { key, perQueryBlock: 1 },
          attentionDropout: 0.1,
          countRepeats: true,
          causal: true,
          bias: true,
          draw: { kind: 'normal', standardDeviation: 0.1 },
        },
      ],
    ],
    x(11),
    {
      accepts: { '0.randomBlocks': ['function'] }, // of the number of blocks
      contexts: [() => ({ padding: padding([[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]]) })],
    },
  ),
  localAttentionAsPublished: row(
    [
      () => [
        q(),
        q(),
        q(),
        { ...local, exactWindow: true, autopad: true, sharedQueryKey: false, rotary: true, xpos: false, scaleBase: 2.5 },
      ],
    ],
    scaled,
  ),
  localAttention: row([() => [q(), q(), q(), local]], scaled),
  localSharedQueryKeyAttention: row([() => [q(), q(), q(), local]], scaled),
  localXposAttention: row([() => [q(), q(), q(), { ...local, scaleBase: 2.5, causal: true, after: 0 }]], scaled),
  longformerAttention: layerRow(
    [() => [{ width: 4, heads: 2, window, attentionDropout: 0.1, blockSize: 2, draw: { kind: 'zeros' } }]],
    x(),
    {
      contexts: [() => ({ globals: [0], padding: paddedX() })],
    },
  ),
  longformerLayer: layerRow(
    [
      () => [
        {
          width: 4,
          heads: 2,
          window,
          attentionDropout: 0.1,
          blockSize: 2,
          innerWidth: 6,
          activation: 'relu',
          hiddenDropout: 0.1,
          epsilon: 1e-5,
          chunkLength: 2,
        },
      ],
    ],
    x(),
    { contexts: [() => ({ globals: [0], padding: paddedX() })] },
  ),
  multiHeadAttention: layerRow(
    [
      () => [
        {
          ...heads,
          mask: causal(),
          rotary: { style: 'half', base: 100.5, rotaryDim: 2 },
          alibi: false,
          cross: false,
          keyWidth: 4,
          cache: true,
        },
      ],
      () => [{ ...heads, relativeBias: { buckets: 4, maxDistance: 8, bidirectional: true, name: 'bias', shared: false } }],
    ],
    x(),
    {
      accepts: { '0.names.*': ['text'], '0.relativeBias.name': ['text'], '0.scale': ['-1'] },
      contexts: [() => ({ position: 0, padding: paddedX() })],
    },
  ),
  paddingMask: row([() => [padded()]], { '0': ['missing', 'undefined'] }),
  withoutPaddedRows: row([() => [causal(), padded()]], { '1': ['missing', 'undefined'] }),
  withoutPadding: row([() => [causal(), padded()]], { '1': ['missing', 'undefined'] }),
  applySegmentAttention: row(
    [
      () => [
        ones([1, 2, 5, 4]),
        ones([1, 2, 5, 4]),
        ones([1, 2, 5, 4]),
        {
          segments: parts(),
          routes: [{ from: 'text', to: 'image', topK: 1 }],
          padding: paddedX(),
          queryPadding: paddedX(),
          blockSize: 2,
          scale: 0.5,
          score: [softCap(3.5)],
        },
      ],
    ],
    scaled,
  ),
  segmentAttention: layerRow(
    [
      () => [
        {
          ...heads,
          keyWidth: 4,
          cross: false,
          routes: [
            { from: 'text', to: 'text', mask: causal() },
            { from: 'text', to: 'image', topK: 1 },
          ],
        },
      ],
    ],
    x(),
    {
      accepts: { '0.names.*': ['text'], '0.routes.0.*': ['text'], '0.routes.0.mask': ['function'], '0.scale': ['-1'] },
      contexts: [() => ({ segments: parts(), padding: paddedX() })],
    },
  ),
  sparseTransformerAttention: layerRow(
    [() => [{ width: 4, heads: 2, pattern: { kind: 'strided', stride: 3 }, parts: 'perHead', attentionDropout: 0.1, blockSize: 2 }]],
    x(),
    { contexts: [() => ({ padding: paddedX() })] },
  ),
  swinAttention: layerRow([() => [{ width: 4, heads: 2, windowSide: 2, shift: 1, bias: true, attentionDropout: 0.1 }]], x(15), {
    contexts: [() => ({ grid: { height: 3, width: 5 } })],
  }),
  swinLayer: layerRow(
    [
      () => [
        {
          width: 4,
          heads: 2,
          windowSide: 2,
          shift: 1,
          bias: true,
          attentionDropout: 0.1,
          innerWidth: 6,
          epsilon: 1e-5,
          hiddenDropout: 0.1,
          chunkLength: 2,
        },
      ],
    ],
    x(15),
    { contexts: [() => ({ grid: { height: 3, width: 5 } })] },
  ),
  swinV2Attention: layerRow(
    [() => [{ width: 4, heads: 2, windowSide: 2, shift: 1, pretrainedWindowSide: 4, bias: true, attentionDropout: 0.1 }]],
    x(15),
    { contexts: [() => ({ grid: { height: 3, width: 5 } })] },
  ),
  swinV2Layer: layerRow(
    [() => [{ width: 4, heads: 2, windowSide: 2, shift: 1, bias: true, innerWidth: 6, epsilon: 1e-5, chunkLength: 2 }]],
    x(15),
    {
      contexts: [() => ({ grid: { height: 3, width: 5 } })],
    },
  ),
  blockTopK: row([() => [q(), q(), blocks]], { '2.queryOffset': ['-1'] }),
  blockTopKAttention: row([() => [q(), q(), q(), { ...blocks, mask: causal(), scale: 0.5, score: [softCap(3.5)] }]], shifted),
  selectBlocks: row([() => [ones([1, 2, 2, 2]), { ...lengths, ...blocks }]], offset),
  mobaAttention: row([() => [q(), q(), q(), { blockSize: 2, topK: 1, causal: true, scale: 0.5 }]], scaled),
  nsaAttention: row(
    [() => [ones([1, 1, 8, 4]), { compression: branch(), selection: branch(), sliding: branch(), gates: zeros([1, 1, 8, 3]) }, nsa]],
    { '2.scale': ['-1'] },
  ),
  nsaImportance: row([() => [ones([1, 1, 8, 4]), ones([1, 1, 8, 4]), nsa]], { '2.scale': ['-1'] }),
  routingCentroids: row([() => [q(), { clusters: 2, iterations: 2, key }]]),
  routingAttention: row([
    () => [
      q(),
      q(),
      q(),
      {
        centroids: ones([2, 2, 4]),
        clusterSize: 2,
        keyClusterSize: 2,
        causal: true,
        sharedQueryKey: false,
        memory: { keys: ones([2, 2, 1, 4]), values: ones([2, 2, 1, 4]) },
        padding: padded(),
        keyPadding: padded(),
        commitment: 1e-4,
        training: true,
        decay: 0.9,
        rowsOf: [0, 3],
      },
    ],
  ]),
  blockMass: row([() => [q(), q(), { blockSize: 2, mask: causal(), scale: 0.5, queryOffset: 0 }]], {
    '2.scale': ['-1'],
    '2.queryOffset': ['-1'],
  }),
  blockSelector: layerRow([() => [{ heads: 2, keyHeads: 2, headDim: 4, blockSize: 2, innerWidth: 4, rank: 2, causal: true }]], q, {
    contexts: [() => ({ keys: q() })],
  }),
  selectorLoss: row(
    [() => [ones([1, 2, 2, 2]), ones([1, 2, 2, 2]), { ...lengths, blockSize: 2, candidates: causal(), causal: true, queryOffset: 0 }]],
    { '2.queryOffset': ['-1'] },
  ),
  transientGlobalAttention: layerRow(
    [
      () => [
        {
          width: 4,
          heads: 2,
          headDim: 2,
          radius: 1,
          globalBlockLength: 2,
          relativeBias: { buckets: 8, maxDistance: 16, shared: false },
          epsilon: 1e-6,
          attentionDropout: 0.1,
          draw: { kind: 'normal', standardDeviation: 0.1 },
          blockSize: 2,
        },
      ],
    ],
    x(),
    { contexts: [() => ({ padding: paddedX() })] },
  ),
  topKAttention: row([() => [q(), q(), q(), { topK: 2, mask: causal(), scale: 0.5, queryOffset: 0 }]], shifted),
};
