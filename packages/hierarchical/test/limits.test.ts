import { createKey } from '@longspan/core-tensor';
import { ConfigError, type ExplainedError, ShapeError } from '@longspan/core-tensor/error';
import { withBackend } from '@longspan/tooling/expect';
import { ones, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attentionUpsampling,
  funnelDecoder,
  funnelEncoder,
  funnelUpsampling,
  groupsFromBoundaries,
  hat,
  hatLayer,
  hatSchedule,
  hourglass,
  levelsOf,
  levelTransformer,
  linearPooling,
  linearUpsampling,
  maxPooling,
  meanPooling,
  patchMerging,
  repeatUpsampling,
  segmentText,
  shiftRight,
  swinStage,
  swinStages,
  textLevels,
  uniformGroups,
} from '../src/index.ts';

beforeAll(() => withBackend('cpu'));

type Kind = new (...args: ConstructorParameters<typeof ExplainedError>) => ExplainedError;

/** The first line of the error that a call throws, which must be of that kind. */
function firstLine(run: () => unknown, kind: Kind): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
    return error.message.split('\n')[0] as string;
  }
  return 'no error';
}

/** What plain JavaScript may give where the type says something else. */
const given = <Value>(value: unknown): Value => value as Value;

const most = Number.MAX_SAFE_INTEGER;
const sizes = { width: 4, heads: 2 };
const hatSizes = { ...sizes, segmentLength: 3, maxSegments: 5 };
const both = { sentence: true, document: true };
const hourglassSizes = { ...sizes, tokenLayers: [1, 1] as const };
const swin = { width: 4, windowSide: 2 };
const text = () => segmentText('It rains.', { locale: 'en' });

describe('a number of layers or of members that cannot be made', () => {
  it.each<[() => unknown, string]>([
    [() => funnelEncoder({ ...sizes, blockSizes: [1, most] }), 'funnelEncoder: blockSizes[1] must be an integer from 1 to 10000.'],
    [
      () => funnelEncoder({ ...sizes, blockSizes: [9000, 9000] }),
      'funnelEncoder: the sum of blockSizes must be an integer from 0 to 10000.',
    ],
    [() => funnelEncoder({ ...sizes, blockSizes: new Array(4e9) }), 'funnelEncoder: blockSizes must be a list.'],
    [
      () => funnelEncoder({ ...sizes, blockSizes: new Array(10_001).fill(1) }),
      'funnelEncoder: blockSizes.length must be an integer from 0 to 10000.',
    ],
    [
      () => funnelEncoder({ ...sizes, blockSizes: [1], blockRepeats: [most] }),
      'funnelEncoder: blockRepeats[0] must be an integer from 1 to 10000.',
    ],
    [() => funnelDecoder({ ...sizes, layers: most }), 'funnelDecoder: layers must be an integer from 1 to 10000.'],
    [() => hourglass({ ...sizes, tokenLayers: [most, 1] }), 'hourglass: tokenLayers[0] must be an integer from 0 to 10000.'],
    [
      () => hourglass({ ...hourglassSizes, hierarchy: '99999@2' }),
      "hourglass: the number of layers of '99999@2' must be an integer from 1 to 10000.",
    ],
    [
      () => hourglass({ ...hourglassSizes, hierarchy: '1@9999999999' }),
      "hourglass: the total of '1@9999999999' must be an integer from 1 to 100000000.",
    ],
    [() => hourglass({ ...sizes, tokenLayers: [1, most] }), 'hourglass: tokenLayers[1] must be an integer from 0 to 10000.'],
    [() => hatSchedule('late', { sentences: most, documents: 1 }), 'hatSchedule: sentences must be an integer from 1 to 10000.'],
    [() => hatSchedule('adHoc', { sentences: 1, documents: most }), 'hatSchedule: documents must be an integer from 1 to 10000.'],
    [() => hat({ ...hatSizes, schedule: new Array(4e9) }), 'hat: schedule must be a list.'],
    [() => hatLayer({ ...hatSizes, ...both, maxSegments: most }), 'hatLayer: maxSegments must be an integer from 1 to 100000000.'],
    [() => hatLayer({ ...hatSizes, ...both, paddingIndex: 6 }), 'hatLayer: paddingIndex must be an integer from 0 to 5.'],
    [() => levelTransformer({ ...sizes, levels: 2, layers: most }), 'levelTransformer: layers must be an integer from 1 to 10000.'],
    [() => swinStage({ ...swin, heads: 2, depth: most }), 'swinStage: depth must be an integer from 1 to 10000.'],
    [() => swinStages({ ...swin, heads: [1], depths: [most] }), 'swinStages: depths[0] must be an integer from 1 to 10000.'],
    [
      () => swinStages({ ...swin, heads: new Array(60).fill(1), depths: new Array(60).fill(1), innerRatio: 0.25 }),
      'swinStages: the width of stage 29 must be an integer of at most 2147483647.',
    ],
    [
      () => swinStages({ ...swin, heads: [1], depths: [1], innerRatio: 0.1 }),
      'swinStages: innerRatio times the width of stage 0 must be an integer of at least 1.',
    ],
    [() => patchMerging({ width: most }), 'patchMerging: width must be an integer of at most 2147483647.'],
    [() => patchMerging({ width: 2 ** 30 }), 'patchMerging: 4 times width must be an integer of at most 2147483647.'],
    [() => linearPooling({ width: 4, members: most }), 'linearPooling: members must be an integer of at most 2147483647.'],
    [() => linearUpsampling({ width: 4, members: most }), 'linearUpsampling: members must be an integer of at most 2147483647.'],
    [() => uniformGroups({ length: most, factor: 1 }), 'uniformGroups: length must be an integer from 1 to 100000000.'],
    [() => groupsFromBoundaries([0, 2 ** 31]), 'groupsFromBoundaries: the last boundary must be an integer from 0 to 100000000.'],
    [
      () => levelsOf({ names: ['word', 'text'], offsets: [[0, most]] }),
      'levelsOf: the last boundary must be an integer from 0 to 100000000.',
    ],
    [
      () => funnelUpsampling(ones([1, 3, 1]), { stride: most, length: most }),
      'funnelUpsampling: stride must be an integer from 1 to 100000000.',
    ],
  ])('%#', (run, message) => {
    expect(firstLine(run, ConfigError)).toBe(message);
  });
});

describe('a config that is wrong within', () => {
  it.each<[() => unknown, string]>([
    [
      () => hourglass({ ...hourglassSizes, downsampling: given({ attention: 'linear', heads: 2 }) }),
      'hourglass downsampling: every option must be one of those that hourglass downsampling knows.',
    ],
    [
      () => hourglass({ ...hourglassSizes, upsampling: given({ attenton: 'linear' }) }),
      'hourglass upsampling: every option must be one of those that hourglass upsampling knows.',
    ],
    [
      () => hourglass({ ...hourglassSizes, downsampling: given(['linear']) }),
      'hourglass: downsampling must be one of average, linear, or attention that starts from one of them.',
    ],
    [
      () => hourglass({ ...sizes, tokenLayers: given([1, 1, 1]) }),
      'hourglass: tokenLayers must hold two numbers of layers, before and after the shorter levels.',
    ],
    [() => hourglass({ ...sizes, tokenLayers: given(new Array(2)) }), 'hourglass: tokenLayers must be a list.'],
    [() => hourglass({ ...hourglassSizes, hierarchy: given(['1@2']) }), 'hourglass: hierarchy must be a text.'],
    [
      () => hourglass({ ...hourglassSizes, hierarchy: 'x'.repeat(1e5) }),
      `hourglass: every word of the hierarchy must be layers@total: '${'x'.repeat(40)}…'.`,
    ],
    [
      () => hat({ ...hatSizes, schedule: [given({ ...both, documents: true })] }),
      'hat schedule: every option must be one of those that hat schedule knows.',
    ],
    [() => hat({ ...hatSizes, schedule: new Array(2) }), 'hat: schedule must be a list.'],
    [() => hat({ ...hatSizes, schedule: [both, { sentence: false, document: false }] }), 'hat: the layer must have an encoder.'],
    [() => funnelEncoder({ ...sizes, blockSizes: [1], pooling: given(['mean']) }), "funnelEncoder: pooling must be 'mean' or 'max'."],
    [() => funnelDecoder({ ...sizes, layers: 1, wrapLayer: given(() => 1) }), 'funnelDecoder: attention must be a layer.'],
    [() => swinStages({ ...swin, heads: [1, 3], depths: [1, 1] }), 'swinStages: width must be a multiple of heads.'],
    [() => swinStages({ ...swin, heads: new Array(1), depths: [1] }), 'swinStages: heads must be a list.'],
    [() => levelsOf({ names: ['word', 'text'], offsets: new Array(1) }), 'levelsOf: offsets must be a list.'],
    [
      () => textLevels(text(), { spans: [given({ start: 0, end: 2, text: 'It' })] }),
      'textLevels span: every option must be one of those that textLevels span knows.',
    ],
    [() => textLevels(text(), { spans: new Array(2) }), 'textLevels: spans must be a list.'],
  ])('%#', (run, message) => {
    expect(firstLine(run, ConfigError)).toBe(message);
  });

  it('an error of wrapLayer that is no error of the library stays as it is', () => {
    const wrapLayer = () => {
      throw new TypeError('its own');
    };
    expect(() => funnelDecoder({ ...sizes, layers: 1, wrapLayer })).toThrow(new TypeError('its own'));
  });
});

describe('a tensor without an element, or groups without a member', () => {
  const groups = () => groupsFromBoundaries([0, 2, 5]);
  const none = () => groupsFromBoundaries([0, 0]);
  const upsampling = () => linearUpsampling({ width: 4, members: 3 });
  const attentive = () => attentionUpsampling(sizes);
  it.each<[string, () => unknown]>([
    ['maxPooling', () => maxPooling(zeros([0, 5, 4]), groups())],
    ['maxPooling', () => maxPooling(zeros([1, 0, 4]), none())],
    ['maxPooling', () => maxPooling(zeros([1, 5, 0]), groups())],
    ['meanPooling', () => meanPooling(zeros([0, 5, 4]), groups())],
    ['meanPooling', () => meanPooling(zeros([1, 0, 4]), none())],
    ['meanPooling', () => meanPooling(zeros([1, 5, 0]), groups())],
    ['repeatUpsampling', () => repeatUpsampling(zeros([0, 2, 4]), groups())],
    ['repeatUpsampling', () => repeatUpsampling(zeros([1, 2, 0]), groups())],
    ['repeatUpsampling', () => repeatUpsampling(ones([1, 1, 4]), none())],
    ['shiftRight', () => shiftRight(zeros([0, 5, 4]), 1)],
    ['shiftRight', () => shiftRight(zeros([1, 0, 4]), 1)],
    ['funnelUpsampling', () => funnelUpsampling(zeros([0, 3, 1]), { stride: 2, length: 6 })],
    ['funnelUpsampling', () => funnelUpsampling(zeros([1, 0, 1]), { stride: 2, length: 6 })],
    ['linearUpsampling', () => upsampling().apply(upsampling().init(createKey(0)), ones([1, 1, 4]), { groups: none() })],
    [
      'attentionUpsampling',
      () =>
        attentive().apply(attentive().init(createKey(0)), ones([1, 1, 4]), {
          groups: none(),
          members: zeros([1, 0, 4]),
        }),
    ],
  ])('%s %#', (name, run) => {
    expect(firstLine(run, ShapeError)).toBe(`${name}: every axis must have at least one element.`);
  });

  it('members must be of the batch rows of x', () => {
    const layer = attentionUpsampling(sizes);
    const run = () => layer.apply(layer.init(createKey(0)), ones([1, 2, 4]), { groups: groups(), members: ones([2, 5, 4]) });
    expect(firstLine(run, ShapeError)).toBe('attentionUpsampling: members must have the shape [b=1, n, 4].');
  });
});
