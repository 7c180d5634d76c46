import { padding } from '@longspan/core-tensor';
import * as hierarchical from '@longspan/hierarchical';
import { ones } from '@tensorflow/tfjs-core';
import { row, type Table } from '../row.ts';
import { layerRow } from './layers.ts';

const { groupsFromBoundaries, levelsOf } = hierarchical;
const groups = () => groupsFromBoundaries([0, 2, 5]);
const levels = () =>
  levelsOf({
    names: ['word', 'sentence', 'text'],
    offsets: [
      [0, 3, 5],
      [0, 2],
    ],
  });
const window = { left: 1, right: 1 };
const wrapLayer = <L>(layer: L): L => layer;
const x = (length: number) => () => ones([1, length, 4]);
const padded = (length: number) => padding([[...new Array<number>(length - 1).fill(1), 0]]);
const funnel = {
  width: 4,
  heads: 2,
  headDim: 2,
  innerWidth: 6,
  epsilon: 1e-5,
  keepCls: true,
  truncate: true,
  window,
  chunkLength: 2,
  wrapLayer,
};
const funnelContext = () => ({ padding: padded(8), tokenTypes: [[2, 0, 0, 0, 1, 1, 1, 1]] });
const hat = {
  width: 4,
  heads: 2,
  innerWidth: 6,
  segmentLength: 3,
  maxSegments: 5,
  paddingIndex: 0,
  epsilon: 1e-5,
  chunkLength: 2,
  wrapLayer,
};
const hourglass = {
  width: 4,
  heads: 2,
  innerWidth: 6,
  tokenLayers: [1, 1],
  hierarchy: '1@3',
  downsampling: { attention: 'linear' },
  upsampling: 'repeat',
  window: { left: 2, right: 0 },
  epsilon: 1e-5,
  hiddenDropout: 0.1,
  chunkLength: 2,
  wrapLayer,
};
const swin = { width: 4, windowSide: 2, bias: true, attentionDropout: 0.1, epsilon: 1e-5, hiddenDropout: 0.1, chunkLength: 2, wrapLayer };
const gridOf = (height: number, width: number) => () => ({ grid: { height, width } });
const segments = () => hierarchical.segmentText('It rains. I wait.', { locale: 'en' });

export const hierarchicalTable: Table = {
  funnelDecoder: layerRow([() => [{ ...funnel, layers: 1 }]], x(8), { contexts: [funnelContext] }),
  funnelEncoder: layerRow([() => [{ ...funnel, blockSizes: [1, 1], blockRepeats: [1, 2], pooling: 'max', poolQueriesOnly: false }]], x(8), {
    contexts: [funnelContext],
  }),
  funnelUpsampling: row([() => [ones([1, 3, 1]), { stride: 2, length: 6, keepCls: true, truncate: true }]]),
  causalParents: row([() => [groups(), { before: 1 }]]),
  children: row([() => [groups(), { before: 1, after: 1 }]]),
  parents: row([() => [groups(), { before: 1, after: 1 }]]),
  siblings: row([() => [groups(), { window }]]),
  causalGroups: row([() => [groups()]]),
  groupsFromBoundaries: row([() => [[0, 2, 5]]]),
  uniformGroups: row([() => [{ length: 7, factor: 3 }]]),
  joinLevels: row([() => [[levels(), levels()]]]),
  levelsOf: row([
    () => [
      {
        names: ['word', 'sentence', 'text'],
        offsets: [
          [0, 3, 5],
          [0, 2],
        ],
      },
    ],
  ]),
  textLevels: row([() => [segments(), { spans: [{ start: 0, end: 2 }], levels: ['sentence'] }]]),
  tokensOfLevel: row([() => [levels(), 2]]),
  hat: layerRow([() => [{ ...hat, schedule: [{ sentence: true, document: true }] }]], x(6), { contexts: [() => ({ padding: padded(6) })] }),
  hatSchedule: row([() => ['late', { sentences: 3, documents: 1 }]]),
  hatLayer: layerRow([() => [{ ...hat, sentence: true, document: true }]], x(6), { contexts: [() => ({ padding: padded(6) })] }),
  hourglass: layerRow([() => [hourglass]], x(7), { contexts: [() => ({ padding: padded(7) })] }),
  levelMasks: row([() => [levels(), { window }]]),
  levelTransformer: layerRow(
    [() => [{ width: 4, heads: 2, levels: 3, layers: 1, innerWidth: 6, window, chunkLength: 2, wrapLayer }]],
    x(5),
    {
      contexts: [() => ({ levels: levels() })],
    },
  ),
  attentionPooling: layerRow([() => [{ width: 4, heads: 2, before: 1, after: 1 }]], x(5), { contexts: [() => ({ groups: groups() })] }),
  attentionUpsampling: layerRow([() => [{ width: 4, heads: 2, before: 1, after: 0, causal: true }]], x(2), {
    contexts: [() => ({ groups: groups(), members: ones([1, 5, 4]) })],
  }),
  linearPooling: layerRow([() => [{ width: 4, members: 3 }]], x(5), { contexts: [() => ({ groups: groups() })] }),
  linearUpsampling: layerRow([() => [{ width: 4, members: 3 }]], x(2), { contexts: [() => ({ groups: groups() })] }),
  maxPooling: row([() => [ones([1, 5, 4]), groups()]]),
  meanPooling: row([() => [ones([1, 5, 4]), groups()]]),
  shiftRight: row([() => [ones([1, 5, 4]), 2]]),
  repeatUpsampling: row([() => [ones([1, 2, 4]), groups(), { causal: true }]]),
  patchMerging: layerRow([() => [{ width: 4, epsilon: 1e-5 }]], x(15), { contexts: [gridOf(3, 5)] }),
  swinStage: layerRow([() => [{ ...swin, heads: 2, innerWidth: 6, depth: 2, downsample: true }]], x(12), { contexts: [gridOf(3, 4)] }),
  swinV2Stages: layerRow(
    [
      () => [
        {
          width: 4,
          bias: true,
          epsilon: 1e-5,
          chunkLength: 2,
          wrapLayer,
          depths: [1, 1],
          heads: [1, 2],
          innerRatio: 2,
          windowSides: [2, 2],
          shifts: [0, 1],
        },
      ],
    ],
    x(16),
    { contexts: [gridOf(4, 4)] },
  ),
  swinStages: layerRow([() => [{ ...swin, depths: [1, 1], heads: [1, 2], innerRatio: 2 }]], x(16), { contexts: [gridOf(4, 4)] }),
  isHeading: row([() => ['## Method']], { '0': ['text'] }),
  segmentText: row([() => ['It rains.', { locale: 'en', heading: () => false, previous: segments(), progress: () => undefined }]], {
    '0': ['text'],
    '1': ['record', 'bare'],
  }),
  unitTexts: row([() => [segments(), segments().words]]),
};
