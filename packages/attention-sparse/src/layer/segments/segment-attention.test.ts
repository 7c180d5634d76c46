import {
  applyLinear,
  chain,
  createKey,
  linear,
  mergeHeads,
  normal,
  type Parameters,
  padding,
  paddingOfLengths,
  residual,
  splitHeads,
} from '@longspan/core-tensor';
import { recomputedLayer } from '@longspan/reversible';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import { grads, sum, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameGradients } from '../../../test/same-gradients.ts';
import { causal, everything, grid, segments } from '../../mask/index.ts';
import { applySegmentAttention } from './apply-segment-attention.ts';
import type { SegmentRoute } from './route.ts';
import { type SegmentAttentionConfig, segmentAttention } from './segment-attention.ts';

const [width, heads, keyHeads] = [8, 4, 2];
const parts = segments({ text: 5, image: 6, video: 12 });
const routes: readonly SegmentRoute[] = [
  { from: 'text', to: 'text', mask: causal() },
  { from: 'text', to: 'video', topK: 2 },
  { from: 'image', to: 'text', mask: everything() },
  { from: 'image', to: 'image', mask: grid([2, 3]).neighbourhood({ radius: [0, 1] }) },
  { from: 'video', to: 'video', mask: grid([3, 2, 2]).neighbourhood({ radius: [1, 0, 1] }), topK: 1 },
];
const config = { width, heads, keyHeads, routes, blockSize: 4 } satisfies SegmentAttentionConfig;
const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);
const project = (parameters: Parameters, name: string, x: Tensor): Tensor =>
  applyLinear(x, parameters[`${name}.weight`] as Tensor, parameters[`${name}.bias`]);
const close = { atol: 1e-6, rtol: 1e-5 };

onBackends('segmentAttention', () => {
  it('is its linear maps around applySegmentAttention, with padding', async () => {
    const layer = segmentAttention(config);
    const [parameters, x] = [layer.init(createKey(0)), draw('x', [2, 23, width])];
    const given = padding([0, 1].map((row) => Array.from({ length: 23 }, (_, at) => (row === 1 && at % 7 === 3 ? 0 : 1))));
    const [q, k, v] = [
      splitHeads(project(parameters, 'query', x), heads),
      ...['key', 'value'].map((name) => splitHeads(project(parameters, name, x), keyHeads)),
    ] as [Tensor, Tensor, Tensor];
    const { out } = applySegmentAttention(q, k, v, { segments: parts, routes, blockSize: 4, padding: given, queryPadding: given });
    const expected = project(parameters, 'output', mergeHeads(out));
    expectClose(await layer.apply(parameters, x, { segments: parts, padding: given }).data(), await expected.data(), close);
  });

  it('looks at the segments of another sequence, of another width', async () => {
    const between = segments({ question: 3, answer: 4 }, { text: 5, image: 6 });
    const ways: readonly SegmentRoute[] = [
      { from: 'question', to: 'text', mask: everything() },
      { from: 'answer', to: 'image', topK: 1 },
    ];
    const layer = segmentAttention({ ...config, routes: ways, cross: true, keyWidth: 5 });
    const [parameters, x, hidden] = [layer.init(createKey(0)), draw('x', [2, 7, width]), draw('states', [2, 11, 5])];
    const encoder = { hidden, padding: paddingOfLengths([11, 9]) };
    const [q, k, v] = [
      splitHeads(project(parameters, 'query', x), heads),
      ...['key', 'value'].map((name) => splitHeads(project(parameters, name, hidden), keyHeads)),
    ] as [Tensor, Tensor, Tensor];
    const { out } = applySegmentAttention(q, k, v, { segments: between, routes: ways, blockSize: 4, padding: encoder.padding });
    const expected = project(parameters, 'output', mergeHeads(out));
    expectClose(await layer.apply(parameters, x, { segments: between, encoder }).data(), await expected.data(), close);
  });

  it('stands in a chain and a residual sum, and recomputed has the same gradients', async () => {
    const model = chain({ attention: residual(segmentAttention(config)), end: linear({ inFeatures: width, outFeatures: 3 }) });
    await expectSameGradients(model, recomputedLayer(model), draw('x', [2, 23, width]), { segments: parts });
  });

  it('leaves no tensor behind, forward, backward, and when it throws', async () => {
    const layer = segmentAttention(config);
    const [parameters, x] = [layer.init(createKey(0)), draw('x', [2, 23, width])];
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => layer.apply(parameters, x, { segments: parts }))).toEqual(none);
    const slope = (run: (y: Tensor) => Tensor) => leaked(() => grads((y: Tensor) => sum(run(y)))([x]));
    expect(await slope((y) => layer.apply(parameters, y, { segments: parts }))).toEqual(none);
    expect(await slope((y) => layer.apply({}, y, { segments: parts }))).toEqual(none);
    expect(await slope((y) => layer.apply(parameters, y, { segments: segments({ text: 5, image: 6, video: 11 }) }))).toEqual(none);
    expect(await slope((y) => layer.apply(parameters, y, { segments: segments({ text: 11, image: 12 }) }))).toEqual(none);
  });
});

describe('segmentAttention', () => {
  beforeAll(() => withBackend('cpu'));

  it('asks for the segments and for routes, and says which segment there is none of', () => {
    const layer = segmentAttention(config);
    const run = (context: object) => layer.apply(layer.init(createKey(0)), zeros([1, 23, width]), context as { segments: typeof parts });
    expect(() => run({})).toThrow('segmentAttention: the context must hold segments.');
    expect(() => run({ segmnts: parts })).toThrow('did you mean segments?');
    expect(() => run({ segments: segments({ text: 11, image: 12 }) })).toThrow('a segment must be one of the');
    expect(() => run({ segments: segments({ text: 5, image: 6, video: 11 }) })).toThrow('the segments must be as long as x.');
    expect(() => segmentAttention({ ...config, routes: [] })).toThrow('routes must name at least one pair of segments.');
  });
});
