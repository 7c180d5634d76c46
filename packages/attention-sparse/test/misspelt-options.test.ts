import { ConfigError, createKey } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { ones, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import * as analysis from '../src/analysis/index.ts';
import * as all from '../src/index.ts';
import * as masks from '../src/mask/index.ts';

const { causal, grid, slidingWindow } = masks;
const x = () => ones([1, 1, 4, 2]);
const key = createKey(0);

/** What plain JavaScript may hand over. */
type Options = never;
type Call = (options: Options) => unknown;
type Row = readonly [misspelt: string, meant: string, call: Call];

const oneMask = [causal()];
const branches = () => {
  const branch = { k: x(), v: x() };
  return { compression: branch, selection: branch, sliding: branch, gates: zeros([1, 1, 4, 3]) };
};

/** Every function that takes a record of options, a misspelling of one of them, and the name that was meant. */
const calls: Readonly<Record<string, Row>> = {
  adaptiveSpanAttention: ['initalSpan', 'initialSpan', all.adaptiveSpanAttention],
  applySegmentAttention: ['route', 'routes', (options) => all.applySegmentAttention(x(), x(), x(), options)],
  attentionWeights: ['blockSzie', 'blockSize', (options) => all.attentionWeights(x(), x(), options)],
  bigBird: ['randomBlock', 'randomBlocks', masks.bigBird],
  bigBirdAttention: ['randomBlock', 'randomBlocks', all.bigBirdAttention],
  blockDiagonal: ['blocksize', 'blockSize', masks.blockDiagonal],
  blockMass: ['queryOfset', 'queryOffset', (options) => all.blockMass(x(), x(), options)],
  blockSelector: ['innerwidth', 'innerWidth', all.blockSelector],
  blockTopK: ['candidate', 'candidates', (options) => all.blockTopK(x(), x(), options)],
  blockTopKAttention: ['topk', 'topK', (options) => all.blockTopKAttention(x(), x(), x(), options)],
  blockWindow: ['rigth', 'right', masks.blockWindow],
  calibrate: ['recal', 'recall', (options) => all.calibrate(x(), x(), options)],
  checkMask: ['rectangle', 'rectangles', (options) => masks.checkMask(causal(), options)],
  cost: ['headDims', 'headDim', (options) => analysis.cost(causal(), options)],
  chooseMasks: ['candidate', 'candidates', (options) => all.chooseMasks([], options)],
  createLayout: ['keylength', 'keyLength', (options) => analysis.createLayout(causal(), options)],
  denseAttention: ['maks', 'mask', (options) => all.denseAttention(x(), x(), x(), options)],
  denseMask: ['keylength', 'keyLength', (options) => masks.denseMask(causal(), options)],
  dilatedWindow: ['dilatation', 'dilation', masks.dilatedWindow],
  dilationSchedule: ['layer', 'layers', analysis.dilationSchedule],
  drawMask: ['sizes', 'size', (options) => masks.drawMask(causal(), options)],
  drawMaskSvg: ['cels', 'cell', (options) => masks.drawMaskSvg(causal(), 4, options)],
  drawReach: ['sizes', 'size', (options) => analysis.drawReach(analysis.receptiveField(oneMask, { length: 4 }), options)],
  explain: ['blockSzie', 'blockSize', (options) => all.explain(x(), x(), x(), options)],
  fixed: ['sumary', 'summary', masks.fixed],
  keyPadding: ['length', 'lengths', masks.keyPadding],
  keptMass: ['quieries', 'queries', (options) => all.keptMass({ keys: x().toInt(), weights: x() }, options)],
  layoutCost: ['headDims', 'headDim', (options) => analysis.layoutCost(analysis.createLayout(causal(), { queryLength: 4 }), options)],
  localAttention: ['bucketsize', 'bucketSize', (options) => all.localAttention(x(), x(), x(), options)],
  localAttentionAsPublished: ['autoPad', 'autopad', (options) => all.localAttentionAsPublished(x(), x(), x(), options)],
  localSharedQueryKeyAttention: ['befor', 'before', (options) => all.localSharedQueryKeyAttention(x(), x(), x(), options)],
  localXposAttention: ['scalebase', 'scaleBase', (options) => all.localXposAttention(x(), x(), x(), options)],
  longformerAttention: ['attentionDropot', 'attentionDropout', all.longformerAttention],
  longformerLayer: ['epsilom', 'epsilon', all.longformerLayer],
  mask: ['covers', 'cover', masks.mask],
  mobaAttention: ['topk', 'topK', (options) => all.mobaAttention(x(), x(), x(), options)],
  multiHeadAttention: ['attentionDropuot', 'attentionDropout', all.multiHeadAttention],
  nsaAttention: ['selectedBlock', 'selectedBlocks', (options) => all.nsaAttention(x(), branches(), options)],
  nsaImportance: ['compresionStride', 'compressionStride', (options) => all.nsaImportance(x(), x(), options)],
  prefix: ['lenght', 'length', masks.prefix],
  randomBlocks: ['perQueryBlocks', 'perQueryBlock', (options) => masks.randomBlocks(key, options)],
  receptiveField: ['lenght', 'length', (options) => analysis.receptiveField(oneMask, options)],
  receptiveFieldOf: ['querry', 'query', (options) => analysis.receptiveFieldOf(oneMask, options)],
  routingAttention: ['clustersize', 'clusterSize', (options) => all.routingAttention(x(), x(), x(), options)],
  routingCentroids: ['iteration', 'iterations', (options) => all.routingCentroids(x(), options)],
  segmentAttention: ['route', 'routes', all.segmentAttention],
  selectBlocks: ['candidate', 'candidates', (options) => all.selectBlocks(x(), options)],
  selectorLoss: ['keylength', 'keyLength', (options) => all.selectorLoss(x(), x(), options)],
  slidingWindow: ['lefts', 'left', masks.slidingWindow],
  sparseAttention: ['maks', 'mask', (options) => all.sparseAttention(x(), x(), x(), options)],
  sparseTransformerAttention: ['patern', 'pattern', all.sparseTransformerAttention],
  strided: ['strides', 'stride', masks.strided],
  swinAttention: ['windowside', 'windowSide', all.swinAttention],
  swinLayer: ['windowSides', 'windowSide', all.swinLayer],
  swinV2Attention: ['windowside', 'windowSide', all.swinV2Attention],
  swinV2Layer: ['windowSides', 'windowSide', all.swinV2Layer],
  topKAttention: ['topk', 'topK', (options) => all.topKAttention(x(), x(), x(), options)],
  transientGlobalAttention: ['globalBlocklength', 'globalBlockLength', all.transientGlobalAttention],
  windowOfEqualCost: ['blockSzie', 'blockSize', (options) => analysis.windowOfEqualCost(causal(), 4, options)],
  windowSchedule: ['grwoth', 'growth', analysis.windowSchedule],
};

/** Methods, and records within options. */
const within: readonly (readonly [name: string, ...row: Row])[] = [
  ['grid.neighbourhood', 'radios', 'radius', grid([2, 2]).neighbourhood],
  ['grid.shiftedWindows', 'shifts', 'shift', grid([2, 2]).shiftedWindows],
  ['grid.tiles', 'sizes', 'size', grid([2, 2]).tiles],
  ['mask.select', 'heads', 'head', causal().select],
  ['mask.select', 'heads', 'head', masks.perHead([causal(), slidingWindow({ left: 1 })]).select],
  ['drawMask keys', 'ends', 'end', (keys) => masks.drawMask(causal(), { queryLength: 4, keys })],
  ['multiHeadAttention names', 'querry', 'query', (names) => all.multiHeadAttention({ width: 4, heads: 2, names })],
  ['multiHeadAttention relativeBias', 'bucket', 'buckets', (relativeBias) => all.multiHeadAttention({ width: 4, heads: 2, relativeBias })],
  ['nsaAttention branches', 'gate', 'gates', (wrong) => all.nsaAttention(x(), wrong, nsaSizes)],
  ['nsaAttention window', 'lefts', 'left', (window) => all.nsaAttention(x(), branches(), { ...nsaSizes, window })],
  ['routingAttention memory', 'value', 'values', (memory) => all.routingAttention(x(), x(), x(), { ...routing(), memory })],
  ['segmentAttention routes[0]', 'form', 'from', (route) => all.segmentAttention({ width: 4, heads: 2, routes: [route] })],
  ['localAttention attentionDropout', 'rates', 'rate', (attentionDropout) => local(attentionDropout)],
  ['sparseTransformerAttention pattern', 'strid', 'stride', (pattern) => all.sparseTransformerAttention({ width: 4, heads: 2, pattern })],
  ['transientGlobalAttention relativeBias', 'bucket', 'buckets', (relativeBias) => transientGlobal(relativeBias)],
];
const nsaSizes = { compressionLength: 2, compressionStride: 2, selectionLength: 2, selectedBlocks: 3, window: { left: 1 } };
const routing = () => ({ centroids: zeros([1, 2, 2]), clusterSize: 2 });
const transientGlobal = (relativeBias: never) =>
  all.transientGlobalAttention({ width: 4, heads: 2, headDim: 2, radius: 2, globalBlockLength: 3, relativeBias });
const local = (attentionDropout: never) => all.localAttention(x(), x(), x(), { bucketSize: 2, attentionDropout });

/** Functions that take no record of options: tensors, masks, lists, lengths by name, or nothing. */
const withoutOptions = [
  'causal',
  'documents',
  'droppedMass',
  'equalMasks',
  'everything',
  'globalTokens',
  'grid',
  'keysAt',
  'layoutBytes',
  'maskFromJSON',
  'mergeAttention',
  'nothing',
  'paddingMask',
  'perBatch',
  'perHead',
  'queriesAt',
  'segments',
  'withoutPaddedRows',
  'withoutPadding',
];

beforeAll(() => withBackend('cpu'));

const errorOf = async (call: () => unknown): Promise<unknown> => {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('an option that does not exist', () => {
  it('is tried of every exported function', () => {
    const exported = [all, analysis, masks].flatMap((entry) => Object.keys(entry));
    expect([...Object.keys(calls), ...withoutOptions].sort()).toEqual([...new Set(exported)].sort());
  });

  it.each(Object.entries(calls))('%s names the nearest', async (name, [misspelt, meant, call]) => {
    const error = await errorOf(() => call({ [misspelt]: 1 } as Options));
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(`${name}: every option must be one of those that ${name} knows.`);
    expect(String(error)).toContain(`got       ${misspelt}\n`);
    expect(String(error)).toContain(`did you mean ${meant}?`);
  });

  it.each(within)('%s names the nearest', async (name, misspelt, meant, call) => {
    const error = await errorOf(() => call({ [misspelt]: 1 } as Options));
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(`${name}: every option must be one of those that ${name} knows.`);
    expect(String(error)).toContain(`did you mean ${meant}?`);
  });

  it('where a mask stands in the place of options, says so', () => {
    for (const attend of [all.sparseAttention, all.denseAttention]) {
      expect(() => attend(x(), x(), x(), causal() as object)).toThrow(
        `${attend.name}: a mask must be given as an option.\n  expected  { mask }\n  got       the mask itself: causal()\n`,
      );
    }
  });

  it("of Hugging Face's attention_window, says what it is here", () => {
    const layer = (window: unknown) => () => all.longformerAttention({ width: 4, heads: 2, window: window as { left: number } });
    expect(layer(8)).toThrow('attention_window w of Hugging Face counts both sides: give { left: 4, right: 4 }.');
    expect(layer(undefined)).toThrow('longformerAttention: window must be { left, right }');
    expect(layer({ left: -1 })).toThrow('window.left must be');
  });
});

it.each([
  ['causal', true, 'causal()'],
  ['is_causal', true, 'causal()'],
  ['windowSize', 4, 'slidingWindow({ left, right })'],
])('an option that is a mask here, %s, names the mask', (name, value, written) => {
  const options = { [name]: value } as Options;
  for (const attend of [all.sparseAttention, all.denseAttention]) {
    expect(() => attend(x(), x(), x(), options)).toThrow(`remedy    write mask: ${written}. Else leave ${name} out.`);
  }
});

/** All defaults, so that no options are fine. */
const optional = ['blockMass', 'denseAttention', 'drawMaskSvg', 'drawReach', 'explain', 'sparseAttention', 'windowOfEqualCost'];

describe('options that are required', () => {
  it.each(Object.entries(calls))('%s of null', async (_, [, , call]) => {
    expect(await errorOf(() => call(null as Options))).toBeInstanceOf(ConfigError);
  });

  it.each(Object.entries(calls).filter(([name]) => !optional.includes(name)))('%s of none', async (_, [, , call]) => {
    expect(await errorOf(() => call(undefined as Options))).toBeInstanceOf(ConfigError);
  });

  it.each(Object.entries(calls).filter(([name]) => !optional.includes(name) && name !== 'slidingWindow'))(
    '%s of an empty record',
    async (_, [, , call]) => {
      expect(await errorOf(() => call({} as Options))).toBeInstanceOf(ConfigError);
    },
  );
});
