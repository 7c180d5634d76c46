import {
  ConfigError,
  chain,
  createKey,
  disposeParameters,
  linear,
  normal,
  type Parameters,
  packParameters,
  padding,
  paddingOfLengths,
  residual,
  ShapeError,
  unpackWeight,
} from '@longspan/core-tensor';
import { differentiated } from '@longspan/core-tensor/kernel';
import { recomputedLayer } from '@longspan/reversible';
import { below, definedLayer, expectClose, expectGolden, leaked, onBackends, readGolden } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import {
  concat,
  dispose,
  grads,
  mul,
  ones,
  slice,
  sum,
  type Tensor,
  tensor,
  tidy,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectSameGradients } from '../../../test/same-gradients.ts';
import { type LongformerContext, longformerAttention } from './longformer-attention.ts';

const cases = ['local', 'cls-global', 'scattered-global', 'padded', 'padded-global', 'window-of-four', 'shorter-than-two-windows'];
const close = { atol: 2e-5, rtol: 1e-4 };
const names = ['query', 'key', 'value', 'query_global', 'key_global', 'value_global'];

/** Weights that make attention uneven, and biases that are not 0. */
const lively = (width: number): Parameters =>
  Object.fromEntries(
    names.flatMap((name) => [
      [`${name}.weight`, normal(createKey(`${name} weight`), [width, width], { standardDeviation: 0.6 })],
      [`${name}.bias`, normal(createKey(`${name} bias`), [width])],
    ]),
  );

/** Marks 0 (padding), 1 (local) and 2 (global) as a context. */
const contextOf = (marks: readonly (readonly number[])[]) => ({
  padding: padding(marks.map((row) => row.map((mark) => Math.min(1, mark)))),
  globals: marks.map((row) => [...row.keys()].filter((at) => row[at] === 2)),
});

const defined = (parameters: Parameters, hidden: Tensor, sizes: reference.LongformerSizes): Promise<Float32Array> =>
  definedLayer(parameters, [hidden], (weights, x) => reference.longformerAttention(weights, x as Tensor, sizes));

onBackends('longformerAttention', () => {
  it.each(cases)('equals Hugging Face, outputs and gradients: %s', async (name) => {
    const golden = await readGolden(`layers/longformer.self_attention.${name}`);
    const {
      hidden_size: width,
      num_attention_heads: heads,
      attention_window: window,
    } = golden.config as Readonly<Record<string, number>> & { hidden_size: number; num_attention_heads: number; attention_window: number };
    const context = contextOf(golden.rows('in.attention_mask') ?? []);
    for (const blockSize of [7, 64]) {
      const layer = longformerAttention({ width, heads, window: { left: window / 2, right: window / 2 }, blockSize });
      await expectGolden(golden, 'attention', (parameters, { hidden_states }) => layer.apply(parameters, hidden_states as Tensor, context));
    }
    dispose(golden.tensors);
  });

  it('follows the rule for any length, holes of padding, an empty row, and other globals in each row', async () => {
    const [parameters, hidden] = [lively(6), normal(createKey('holes'), [4, 37, 6])];
    const attentionMask = [0, 1, 2, 3].map((row) =>
      Array.from({ length: 37 }, (_, at) => (row === 3 ? 0 : (at * 7 + row) % 5 === 0 ? 0 : (at * 5 + row) % 17 === 3 && row > 0 ? 2 : 1)),
    );
    expect(attentionMask.map((row) => row.filter((mark) => mark === 2).length)).toEqual([0, 2, 1, 0]);
    const layer = longformerAttention({ width: 6, heads: 3, window: { left: 4, right: 2 }, blockSize: 8 });
    const out = layer.apply(parameters, hidden, contextOf(attentionMask));
    expectClose(
      await out.data(),
      await defined(parameters, hidden, { marks: attentionMask, heads: 3, window: { left: 4, right: 2 } }),
      close,
    );
    dispose([parameters, hidden, out]);
  });

  it('few global tokens attend to x itself, and get what they get from keys and values of all tokens, packed weights too', async () => {
    const [width, heads] = [48, 3];
    const [parameters, hidden] = [lively(width), normal(createKey('few'), [3, 37, width], { standardDeviation: 0.3 })];
    const marks = [0, 1, 2].map((row) =>
      Array.from({ length: 37 }, (_, at) => ((at * 7 + row) % 5 === 0 ? 0 : [[4, 21], [11], []][row]?.includes(at) ? 2 : 1)),
    );
    expect(marks.map((row) => row.filter((mark) => mark === 2).length)).toEqual([2, 1, 0]);
    const window = { left: 4, right: 2 };
    const layer = longformerAttention({ width, heads, window, blockSize: 8 });
    const run = (weights: Parameters, x = hidden): Tensor => layer.apply(weights, x, contextOf(marks));
    const out = run(parameters);
    expectClose(await out.data(), await defined(parameters, hidden, { marks, heads, window }), close);
    // No key is projected: a bias of theirs, which changes nothing, is not read.
    const unread = run({ ...parameters, 'key_global.bias': mul(ones([width]), Number.NaN) });
    expect(await unread.data()).toEqual(await out.data());
    const taped = differentiated(() => sum(run(parameters)), [hidden]); // its gradients are those of keys and values
    const [whole] = await sum(out).data();
    expect((await taped.value.data())[0]).toBeCloseTo(whole as number, 2);

    const packed = await packParameters(layer, parameters, 'int8');
    const unpacked: Record<string, Tensor> = { ...parameters };
    for (const name of names.map((each) => `${each}.weight`)) {
      const [numbers, scale] = [packed[name] as Tensor, packed[`${name}_scale`] as Tensor];
      unpacked[name] = await unpackWeight({ kind: 'int8', numbers, scale, shape: [width, width] });
    }
    expectClose(await run(packed).data(), await run(unpacked).data(), { atol: 1e-3, rtol: 1e-3 });
    expect(await leaked(() => run(parameters))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('with a window over all tokens and none global is dense attention', async () => {
    const [parameters, hidden] = [lively(8), normal(createKey('dense'), [2, 13, 8])];
    const out = longformerAttention({ width: 8, heads: 2, window: { left: 12, right: 30 } }).apply(parameters, hidden);
    const everywhere = [0, 1].map(() => Array.from({ length: 13 }, () => 1));
    expectClose(
      await out.data(),
      await defined(parameters, hidden, { marks: everywhere, heads: 2, window: { left: 13, right: 13 } }),
      close,
    );
    const narrow = longformerAttention({ width: 8, heads: 2, window: { left: 2, right: 2 } }).apply(parameters, hidden);
    const [few, all] = [await narrow.data(), await out.data()];
    expect(() => expectClose(few, all, { atol: 1e-2, rtol: 0 })).toThrow();
    dispose([parameters, hidden, out, narrow]);
  });

  it('padding changes nothing: what stands there, and how much of it there is', async () => {
    const parameters = lively(6);
    const layer = longformerAttention({ width: 6, heads: 2, window: { left: 3, right: 3 } });
    const real = normal(createKey('real'), [1, 11, 6]);
    const padded = (junk: number, count: number) => tidy(() => concat([real, mul(ones([1, count, 6]), junk)], 1));
    const run = (hidden: Tensor) =>
      layer.apply(parameters, hidden, { padding: paddingOfLengths([11], hidden.shape[1] ?? 0), globals: [2] });
    const [bare, one, other] = [run(real), run(padded(1, 3)), run(padded(1e4, 9))];
    for (const each of [one, other]) {
      expectClose(await slice(each, [0, 0, 0], [1, 11, 6]).data(), await bare.data(), { atol: 1e-6, rtol: 1e-6 });
      expect((await slice(each, [0, 11, 0]).data()).every((x) => x === 0)).toBe(true);
    }
  });

  it('drops the same weights under the same key, others under another', async () => {
    const [parameters, hidden] = [lively(6), normal(createKey('dropout'), [1, 20, 6])];
    const layer = longformerAttention({ width: 6, heads: 2, window: { left: 5, right: 5 }, attentionDropout: 0.4 });
    const run = (seed: number) => layer.apply(parameters, hidden, { training: true, key: createKey(seed) }).data();
    expect(await run(1)).toEqual(await run(1));
    expect(await run(2)).not.toEqual(await run(1));
    expect(await layer.apply(parameters, hidden).data()).not.toEqual(await run(1));
  });

  it('one list of globals is that of every row, and a global token that is padding is none', async () => {
    const [parameters, x] = [lively(6), normal(createKey('globals'), [2, 13, 6])];
    const layer = longformerAttention({ width: 6, heads: 2, window: { left: 2, right: 2 } });
    const padded = paddingOfLengths([13, 9]);
    const one = layer.apply(parameters, x, { padding: padded, globals: [11, 0, 0] });
    const other = layer.apply(parameters, x, { padding: padded, globals: [[0, 11], [0]] });
    expect(await one.data()).toEqual(await other.data());
  });

  it('stands in a chain and a residual sum, and recomputed has the same gradients', async () => {
    const model = chain({
      attention: residual(longformerAttention({ width: 6, heads: 2, window: { left: 2, right: 2 } })),
      end: linear({ inFeatures: 6, outFeatures: 2 }),
    });
    const context = { padding: paddingOfLengths([13, 9]), globals: [0, 5] };
    await expectSameGradients(model, recomputedLayer(model), normal(createKey('chain'), [2, 13, 6]), context);
  });

  it('leaves no tensor behind, forward, backward, and when it throws', async () => {
    const [parameters, hidden] = [lively(6), normal(createKey('leaks'), [2, 21, 6])];
    const layer = longformerAttention({ width: 6, heads: 2, window: { left: 2, right: 2 } });
    const context = contextOf([0, 1].map((row) => Array.from({ length: 21 }, (_, at) => (at === row ? 2 : at > 17 ? 0 : 1))));
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => layer.apply(parameters, hidden, context))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply(parameters, x, context)))([hidden]))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply({}, x)))([hidden]))).toEqual(none);
    expect(await leaked(() => layer.init(createKey(1)))).toEqual(none);
    disposeParameters(parameters);
  });
});

describe('longformerAttention', () => {
  const layer = longformerAttention({ width: 4, heads: 2, window: { left: 1, right: 1 } });

  it('init gives the names of Hugging Face, the same numbers for the same key, and biases of 0', async () => {
    const golden = await readGolden('layers/longformer.self_attention.local');
    const parameters = layer.init(createKey(3));
    expect(Object.keys(parameters).sort()).toEqual(Object.keys(below(golden.tensors, 'param.')).sort());
    expect(await parameters['query.weight']?.data()).toEqual(await layer.init(createKey(3))['query.weight']?.data());
    expect(await parameters['query.weight']?.data()).not.toEqual(await parameters['key.weight']?.data());
    expect(Array.from((await parameters['value_global.bias']?.data()) ?? [])).toEqual([0, 0, 0, 0]);
    const wide =
      (await longformerAttention({ width: 64, heads: 2, window: { left: 1, right: 1 } })
        .init(createKey(0))
        ['key.weight']?.data()) ?? [];
    expect(Math.sqrt(Array.from(wide).reduce((total, x) => total + x * x, 0) / 4096)).toBeCloseTo(0.02, 3);
  });

  it('refuses heads that do not divide the width', () => {
    expect(() => longformerAttention({ width: 10, heads: 4, window: { left: 1, right: 1 } })).toThrow(
      new ConfigError({
        caller: 'longformerAttention',
        problem: 'width must be a multiple of heads.',
        expected: 'width a multiple of heads',
        got: 'width 10, heads 4',
        remedy: 'choose width = heads · headDim.',
      }),
    );
  });

  it('refuses x of another width', () => {
    expect(() => layer.apply(layer.init(createKey(0)), zeros([2, 5, 6]))).toThrow(
      new ShapeError({
        caller: 'longformerAttention',
        problem: 'x must be as wide as the layer.',
        expected: '[b, n, width=4]',
        got: '[2, 5, 6]',
        remedy: 'give x 4 along axis 2, or make the layer with width 6.',
      }),
    );
  });

  it('refuses globals that are not of x, and padding of another batch', () => {
    const run = (context: LongformerContext) => layer.apply(layer.init(createKey(0)), zeros([2, 3, 4]), context);
    expect(() => run({ globals: [[0], [3]] })).toThrow(
      new ConfigError({
        caller: 'longformerAttention',
        problem: 'every position in context.globals must be one of x.',
        expected: 'integers from 0 to 2',
        got: '3 (list 1)',
        remedy: 'count tokens from 0, padding included.',
      }),
    );
    expect(() => run({ globals: [[0], [1], [2]] })).toThrow(
      new ShapeError({
        caller: 'longformerAttention',
        problem: 'context.globals must be one list of positions, or one for each batch row.',
        expected: '2 lists  (batch rows, set by x)',
        got: '3 lists',
        remedy: 'write { globals: [0] } for the first token of every row.',
      }),
    );
    expect(() => run({ padding: padding([[1, 1, 0]]) })).toThrow('context.padding must have one row for each batch row');
    expect(() => run({ glbals: [0] } as LongformerContext)).toThrow('did you mean globals?');
  });

  it('refuses parameters of another size, and missing ones, before it computes', () => {
    const x = zeros([1, 3, 4]);
    expect(() => layer.apply({ ...layer.init(createKey(0)), 'query.weight': zeros([4, 5]) }, x)).toThrow(
      new ShapeError({
        caller: 'longformerAttention',
        problem: 'the parameter query.weight must have the shape that the layer was made with.',
        expected: '[4, 4]',
        got: '[4, 5]',
        remedy: 'load the parameters of a layer with the same sizes, or make the layer with the sizes of the checkpoint.',
      }),
    );
    const local = Object.fromEntries(Object.entries(layer.init(createKey(0))).filter(([name]) => !name.includes('global')));
    expect(() => layer.apply(local, x)).toThrow('the parameter query_global.weight must be given.');
  });

  it('gives the global projections no gradient where no token is global', () => {
    const parameters = Object.fromEntries(Object.entries(layer.init(createKey(0))).map(([name, each]) => [name, variable(each)]));
    const { grads: found } = variableGrads(() => sum(layer.apply(parameters, tensor([1, 2, 3, 4], [1, 1, 4]))), Object.values(parameters));
    const reached = Object.entries(parameters).flatMap(([name, { name: own }]) => (found[own] === undefined ? [] : [name]));
    expect(reached.sort()).toEqual(['key.bias', 'key.weight', 'query.bias', 'query.weight', 'value.bias', 'value.weight']);
  });
});
