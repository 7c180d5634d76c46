import { createKey, normal } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { concat, dispose, grads, mul, ones, sum, type Tensor, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { memoryAttention } from '../memory/memory-attention.ts';
import { distanceEncodings } from './distance-encodings.ts';
import { type RelativeAttentionConfig, relativeAttention } from './relative-attention.ts';

const sizes = { width: 6, heads: 2, headDim: 5, blockSize: 4 };

function prepared(config: Partial<RelativeAttentionConfig> = {}) {
  const layer = relativeAttention({ ...sizes, ...config });
  const parameters = Object.fromEntries(
    Object.entries(layer.init(createKey('attention'))).map(([name, each]) => [name, name.includes('norm') ? each : mul(each, 20)]),
  );
  const [hidden, memory] = [normal(createKey('hidden'), [2, 7, 6]), normal(createKey('memory'), [2, 9, 6])] as [Tensor, Tensor];
  return { layer, parameters, hidden, memory };
}

onBackends('relativeAttention', () => {
  it('clamped distances: a table that ends at the clamp equals one that repeats its farthest row', async () => {
    const { layer, parameters, hidden, memory } = prepared();
    const short = distanceEncodings({ width: 6, distances: 16, maxDistance: 3 });
    expect(short.shape).toEqual([4, 6]);
    const farthest = (await short.array())[0] as number[];
    const long = concat([tensor1d(Array.from({ length: 12 }, () => farthest).flat()).reshape([12, 6]), short]);
    const all = distanceEncodings({ width: 6, distances: 16 });
    const run = (r: Tensor) => layer.apply(parameters, hidden, { memory, r });
    const [clamped, repeated, free] = [run(short), run(long), run(all)] as [Tensor, Tensor, Tensor];
    expectClose(await clamped.data(), await repeated.data(), { atol: 1e-6, rtol: 1e-5 });
    const values = await free.data();
    const expected = await clamped.data();
    expect(() => expectClose(values, expected, { atol: 1e-3, rtol: 1e-3 })).toThrow();
    dispose([parameters, hidden, memory, short, long, all, clamped, repeated, free]);
  });

  it('weights sum to one over the keys of the window, and name those keys', async () => {
    const { layer, parameters, hidden, memory } = prepared({ window: { left: 5 } });
    const r = distanceEncodings({ width: 6, distances: 6 });
    const { keys, hidden: weights } = layer.weights.apply(parameters, hidden, { memory, memoryLengths: [9, 2], r, queries: [0, 6] });
    const lists = (await keys.array()) as number[][][][];
    expect(lists[0]?.[1]?.[0]).toEqual([4, 5, 6, 7, 8, 9]);
    expect(lists[1]?.[0]?.[0]).toEqual([7, 8, 9, -1, -1, -1]);
    expect(lists[1]?.[1]?.[1]).toEqual([10, 11, 12, 13, 14, 15]);
    for (const row of ((await weights.array()) as number[][][][]).flat(2)) {
      expect(Math.abs(row.reduce((total, weight) => total + weight, 0) - 1)).toBeLessThan(1e-5);
      expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
    }
    dispose([parameters, hidden, memory, r, keys, weights]);
  });

  it('with encodings of zeros attends by content alone: where a key stands makes no difference', async () => {
    const { layer, parameters, hidden, memory } = prepared();
    const r = zeros([1, 6]);
    const turned = memory.reverse(1);
    const [one, other] = [memory, turned].map((given) => layer.apply(parameters, hidden, { memory: given, r })) as [Tensor, Tensor];
    expectClose(await one.data(), await other.data(), { atol: 1e-6, rtol: 1e-5 });
    const far = distanceEncodings({ width: 6, distances: 16 });
    const placed = layer.apply(parameters, hidden, { memory: turned, r: far });
    const straight = layer.apply(parameters, hidden, { memory, r: far });
    const [values, expected] = [await placed.data(), await straight.data()];
    expect(() => expectClose(values, expected, { atol: 1e-3, rtol: 1e-3 })).toThrow('times the allowance'); // with encodings it does
    dispose([parameters, hidden, memory, r, turned, one, other, far, placed, straight]);
  });

  it('drops the same under the same key while training, and nothing otherwise', async () => {
    const { parameters: drawn, layer: attention, hidden } = prepared({ attentionDropout: 0.3 });
    const layer = memoryAttention({ ...sizes, attentionDropout: 0.3, hiddenDropout: 0.3, memoryLength: 0 });
    const parameters = { ...layer.init(createKey(0)), ...drawn };
    const alone = (context: object) => attention.apply(parameters, hidden, context).data();
    const run = (context: object) => layer.apply(parameters, hidden, context).hidden.data();
    expect(await alone({ training: true, key: createKey(2) })).not.toEqual(await alone({ training: true, key: createKey(1) }));
    expect(await run({ training: true, key: createKey(1) })).toEqual(await run({ training: true, key: createKey(1) }));
    expect(await run({ training: true, key: createKey(2) })).not.toEqual(await run({ training: true, key: createKey(1) }));
    expect(await run({})).toEqual(await run({ key: createKey(1) }));
    expect(() => layer.apply(parameters, hidden, { training: true })).toThrow('training with dropout needs a key.');
  });

  it('weights are of queries that are given', () => {
    const layer = relativeAttention({ width: 4, heads: 2, headDim: 2 });
    const parameters = layer.init(createKey(1));
    const weights = (context: object) => layer.weights.apply(parameters, ones([1, 3, 4]), context as never);
    for (const context of [{}, { queries: null }]) {
      expect(() => weights(context)).toThrow('relativeAttention.weights: the context must hold queries.');
    }
    expect(() => weights({ queries: 1 })).toThrow('relativeAttention.weights: context.queries must be a list.');
    expect(() => weights({ queries: [0.5] })).toThrow('relativeAttention.weights: context.queries must hold integers of at least 0.');
  });

  it('leaves no tensor behind, forward, backward, in weights, and when it throws', async () => {
    const { layer, parameters, hidden, memory } = prepared();
    const r = distanceEncodings({ width: 6, distances: 16 });
    const { r_w_bias: _, ...incomplete } = parameters;
    const none = { tensors: 0, buffers: 0 };
    const backward = (given: typeof parameters) => () =>
      grads((x: Tensor, m: Tensor) => sum(layer.apply(given, x, { memory: m, r })))([hidden, memory]);
    expect(await leaked(() => layer.apply(parameters, hidden, { memory, r }))).toEqual(none);
    expect(await leaked(backward(parameters))).toEqual(none);
    expect(await leaked(backward(incomplete as typeof parameters))).toEqual(none);
    expect(await leaked(() => ({ ...layer.weights.apply(parameters, hidden, { memory, r, queries: [3] }) }))).toEqual(none);
  });
});

describe('relativeAttention', () => {
  it('init has the names of Hugging Face, and sizes that need not multiply to the width', () => {
    const shapes = Object.entries(memoryAttention({ ...sizes, memoryLength: 2 }).spec).map(([name, { shape }]) => `${name} ${shape}`);
    expect(shapes).toEqual([
      'qkv_net.weight 30,6',
      'r_w_bias 2,5',
      'r_r_bias 2,5',
      'r_net.weight 10,6',
      'o_net.weight 6,10',
      'layer_norm.weight 6',
      'layer_norm.bias 6',
    ]);
  });

  it('says whose memory does not fit', () => {
    const { layer, parameters, hidden } = prepared();
    expect(() => layer.apply(parameters, hidden, { memory: zeros([3, 9, 6]) })).toThrow(
      ['relativeAttention: memory must have the shape [b=2, m, 6].', '  expected  [b=2, m, 6]  (b was set by x)'].join('\n'),
    );
    expect(() => layer.apply(parameters, hidden, { memory: zeros([2, 9, 6]), memoryLengths: [3, 10] })).toThrow(
      [
        'relativeAttention: memoryLengths must hold one number of memory tokens for each batch row.',
        '  expected  2 integers of 0 … 9  (set by x and memory)',
        '  got       [3,10]',
        '  remedy    say for each batch row how many of its last memory tokens are visible.',
      ].join('\n'),
    );
  });

  it.each([
    ['a head without features', { headDim: 0 }, 'headDim must be an integer of at least 1.'],
    ['a negative window', { window: { left: -1 } }, 'window.left must be an integer of at least 0.'],
    ['a window to the right', { window: { left: 1, right: 1 } }, 'window must be { left }'],
    ['a rate of 1', { attentionDropout: 1 }, 'attentionDropout must be at least 0 and below 1.'],
  ])('rejects %s', (_, wrong, message) => {
    expect(() => relativeAttention({ ...sizes, ...wrong })).toThrow(message);
  });

  it('memoryAttention rejects an unknown normalization', () => {
    const wrong = { ...sizes, memoryLength: 0, normalization: 'both' as 'pre' };
    expect(() => memoryAttention(wrong)).toThrow("normalization must be 'post' or 'pre'.");
  });
});
