import {
  chain,
  createKey,
  type Layer,
  type LayerOutput,
  type LayerState,
  normal,
  type Padding,
  type Parameters,
  padding,
  residual,
  type StatefulResult,
} from '@longspan/core-tensor';
import { hiddenOf } from '@longspan/core-tensor/layer';
import { effort, expectClose, leaked, onFewerBackends, onTrainingBackends } from '@longspan/tooling/expect';
import {
  add,
  concat,
  dispose,
  grads,
  mean,
  mul,
  type Scalar,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  train,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { type PaddingContext, reformerAttention, reformerLocalAttention } from '../src/index.ts';

const [width, length] = [12, 40];
const sizes = { width, heads: 3, chunkLength: 8 };
type Mechanism = Layer<PaddingContext, LayerOutput>;

/** LSH hashes by one and the same key, so that its loss is a function of the parameters. */
const mechanisms = (causal: boolean): Readonly<Record<string, Mechanism>> => ({
  reformerAttention: reformerAttention({ ...sizes, rounds: 2, causal, hashKey: createKey('hash') }),
  reformerLocalAttention: reformerLocalAttention({ ...sizes, causal }),
});
const names = Object.keys(mechanisms(true));
const named = (name: string, causal = true): Mechanism => mechanisms(causal)[name] as Mechanism;
const drawn = (seed: string, shape = [2, length, width]): Tensor => normal(createKey(seed), shape);

const lossOf = (layer: Mechanism, parameters: Parameters, hidden: Tensor, target: Tensor): Scalar =>
  tidy(() => mean(square(sub(hiddenOf(layer.apply(parameters, hidden)), target))) as Scalar);

onFewerBackends('the layers', () => {
  const many = effort(6, 100);
  it.each(names)(`%s leaves no tensors after ${many} training steps with dropout and new rotations`, async (name) => {
    const config = { ...sizes, causal: true, attentionDropout: 0.1 };
    const layer: Mechanism =
      name === 'reformerLocalAttention' ? reformerLocalAttention(config) : reformerAttention({ ...config, rounds: 2 });
    const [hidden, target] = [drawn('hidden', [1, 16, width]), drawn('target', [1, 16, width])];
    const variables = Object.fromEntries(Object.entries(layer.init(createKey(1))).map(([key, each]) => [key, variable(each)]));
    const steps = (): Tensor[] => {
      for (let step = 0; step < many; step++) {
        const context = { training: true, key: createKey('step').fold(step) };
        const { value, grads } = variableGrads(
          () => tidy(() => mean(square(sub(hiddenOf(layer.apply(variables, hidden, context)), target))) as Scalar),
          Object.values(variables),
        );
        dispose([value, grads]);
      }
      return [];
    };
    expect(await leaked(steps)).toEqual({ tensors: 0, buffers: 0 });
    dispose(variables);
  });

  it('reformerLocalAttention sees its chunk and the one before, and nothing later where it is causal', async () => {
    const layer = named('reformerLocalAttention');
    const parameters = layer.init(createKey(1));
    const hidden = drawn('hidden');
    const token = 19; // in chunk 2 of 0 … 4
    const numbers = Float32Array.from(await hidden.data(), (number, at) =>
      Math.floor(at / width) % length === token ? 9 - number : number,
    );
    const [before, after] = await Promise.all(
      [hidden, tensor(numbers, hidden.shape)].map((each) => hiddenOf(layer.apply(parameters, each)).data()),
    );
    const moved = new Set<number>();
    before?.forEach((number, at) => {
      if (number !== after?.[at]) moved.add(Math.floor(at / width) % length);
    });
    expect([...moved].sort((a, b) => a - b)).toEqual(Array.from({ length: 32 - token }, (_, at) => token + at));
  });

  it('reformerLocalAttention takes nothing from padded tokens', async () => {
    const layer = reformerLocalAttention({ ...sizes, chunksAfter: 1 });
    const parameters = layer.init(createKey(1));
    const padded = padding([0, 1].map((row) => Array.from({ length }, (_, at) => (at % 7 === row + 2 ? 0 : 1))));
    const isPadding = (at: number): boolean => !padded.isToken(Math.floor(at / (width * length)), Math.floor(at / width) % length);
    const hidden = drawn('hidden');
    const noisy = tensor(
      Float32Array.from(await hidden.data(), (number, at) => (isPadding(at) ? 9 - number : number)),
      hidden.shape,
    );
    const [before, after] = await Promise.all(
      [hidden, noisy].map(async (each) => Array.from(await layer.apply(parameters, each, { padding: padded }).data())),
    );
    const real = (numbers: readonly number[] | undefined): number[] => (numbers ?? []).filter((_, at) => !isPadding(at));
    expectClose(real(after), real(before), { atol: 1e-6, rtol: 1e-6 });
    expect(after).not.toEqual(before);
  });

  it.each(names)('%s fills its last chunk up: any length gives what the filled length gives with padding, gradients too', async (name) => {
    const layer = named(name, false);
    const parameters = tidy(() => Object.fromEntries(Object.entries(layer.init(createKey(1))).map(([key, each]) => [key, mul(each, 20)])));
    const [n, filled] = [37, 40];
    const rows = (marks: (row: number, at: number) => number): Padding =>
      padding([0, 1].map((row) => Array.from({ length: filled }, (_, at) => marks(row, at))));
    for (const own of [undefined, (row: number, at: number) => (at % 7 === row + 2 ? 0 : 1)]) {
      const x = drawn('x', [2, n, width]);
      const given = own === undefined ? {} : { padding: padding([0, 1].map((row) => Array.from({ length: n }, (_, at) => own(row, at)))) };
      const byHand = { padding: rows((row, at) => (at < n ? (own?.(row, at) ?? 1) : 0)) };
      const run = (each: Tensor): Tensor => hiddenOf(layer.apply(parameters, each, given));
      // What stands in the padded tokens makes no difference.
      const expected = (each: Tensor): Tensor =>
        slice(
          hiddenOf(layer.apply(parameters, concat([each, drawn('rest', [2, filled - n, width])], 1), byHand)),
          [0, 0, 0],
          [2, n, width],
        );
      expect(run(x).shape).toEqual([2, n, width]);
      expectClose(await run(x).data(), await expected(x).data(), { atol: 1e-6, rtol: 1e-5 });
      const [ours, theirs] = [run, expected].map((of) => grads((each: Tensor) => sum(mul(of(each), drawn('cot', [2, n, width]))))([x])) as [
        [Tensor],
        [Tensor],
      ];
      expectClose(await ours[0].data(), await theirs[0].data(), { atol: 1e-6, rtol: 1e-5 });
    }
    const x = drawn('x', [2, n, width]);
    expect(await leaked(() => tidyState(layer.apply(parameters, x)))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('reformerAttention gives its buckets as state, and uses those that come', async () => {
    const layer = reformerAttention({ ...sizes, rounds: 2 });
    const parameters = layer.init(createKey(1));
    const x = drawn('hidden', [2, 37, width]);
    const first = layer.apply(parameters, x, { key: createKey('one') });
    const other = layer.apply(parameters, x, { key: createKey('two') });
    const again = layer.apply(parameters, x, { key: createKey('two'), state: first.state });
    expect((first.state['buckets'] as Tensor).shape).toEqual([2, 3, 2, 40]);
    expect(await other.hidden.data()).not.toEqual(await first.hidden.data());
    expect(await again.hidden.data()).toEqual(await first.hidden.data());
    expect(await (again.state['buckets'] as Tensor).data()).toEqual(await (first.state['buckets'] as Tensor).data());
    expect(layer.replays).toEqual(['buckets']);
    expect(layer.apply(parameters, drawn('short', [2, 8, width])).state).toEqual({}); // one chunk is not hashed
    const rounds = layer.apply(parameters, x, { rounds: 5 }).state['buckets'] as Tensor;
    expect(rounds.shape).toEqual([2, 3, 5, 40]);
  });

  it('reformerAttention with a cache gives the last rows of the call over all tokens so far, in steps of one token and of several', async () => {
    const n = 27;
    const x = drawn('hidden', [2, n, width]);
    const marks = [0, 1].map((row) => Array.from({ length: n }, (_, at) => (at % 7 === row + 2 ? 0 : 1)));
    const tokens = (of: Tensor, from: number, to: number): Tensor => slice(of, [0, from, 0], [-1, to - from, -1]);
    const [singly, several] = [Array.from({ length: n }, () => 1), [12, 1, 1, 5, 8]];
    const tries = [
      [
        { bucketCount: 4, rounds: 3 },
        [
          [false, singly],
          [true, several],
        ],
      ],
      [
        { bucketCount: [2, 4], rounds: 2, chunksBefore: 2, chunksAfter: 1 },
        [
          [true, singly],
          [false, several],
        ],
      ],
    ] as const;
    for (const [rest, ways] of tries) {
      const config = { ...sizes, ...rest, causal: true, hashKey: createKey('hash') };
      const [layer, plain] = [reformerAttention({ ...config, cache: true }), reformerAttention(config)];
      const parameters = tidy(() =>
        Object.fromEntries(Object.entries(layer.init(createKey(1))).map(([key, each]) => [key, mul(each, 20)])),
      );
      for (const [padded, steps] of ways) {
        const contextOf = (to: number) => (padded ? { padding: padding(marks.map((row) => row.slice(0, to))) } : {});
        let state: LayerState = {};
        let at = 0;
        for (const count of steps) {
          const end = at + count;
          const step = layer.apply(parameters, tokens(x, at, end), { state, ...contextOf(end) });
          const whole = hiddenOf(plain.apply(parameters, tokens(x, 0, end), contextOf(end)));
          expectClose(await step.hidden.data(), await tokens(whole, at, end).data(), { atol: 5e-6, rtol: 1e-4 }, `tokens ${at} … ${end}`);
          expect(step.state['position']).toBe(end);
          expect((step.state['buckets'] as Tensor).shape).toEqual([2, 3, rest.rounds, end]);
          ({ state } = step);
          at = end;
        }
      }
    }
  });

  it('reformerAttention with a cache and one chunk for all gives the rows of one call, and hands gradients on', async () => {
    const n = 9;
    const config = { ...sizes, chunkLength: 16, bucketCount: 2, causal: true } as const;
    const [layer, plain] = [reformerAttention({ ...config, cache: true }), reformerAttention(config)];
    const parameters = tidy(() => Object.fromEntries(Object.entries(layer.init(createKey(1))).map(([key, each]) => [key, mul(each, 20)])));
    const inSteps = (x: Tensor): Tensor => {
      let state: LayerState = {};
      const rows = Array.from({ length: n }, (_, at) => {
        const step = layer.apply(parameters, slice(x, [0, at, 0], [-1, 1, -1]), { state });
        ({ state } = step);
        return step.hidden;
      });
      return concat(rows, 1);
    };
    const x = drawn('hidden', [2, n, width]);
    const whole = (each: Tensor): Tensor => hiddenOf(plain.apply(parameters, each));
    expectClose(await inSteps(x).data(), await whole(x).data(), { atol: 5e-6, rtol: 1e-4 });
    const [ours, expected] = [inSteps, whole].map((run) =>
      grads((each: Tensor) => sum(mul(run(each), drawn('cot', [2, n, width]))))([x]),
    ) as [[Tensor], [Tensor]];
    expectClose(await ours[0].data(), await expected[0].data(), { atol: 2e-5, rtol: 1e-3 });
  });

  it.each([
    { chunksBefore: 1, n: 29 },
    { chunksBefore: 0, n: 29 },
    { chunksBefore: 2, n: 40 },
  ])('reformerLocalAttention with a cache gives the rows of one call, with chunksBefore $chunksBefore', async ({ chunksBefore, n }) => {
    const config = { ...sizes, chunksBefore, causal: true } as const;
    const [layer, plain] = [reformerLocalAttention({ ...config, cache: true }), reformerLocalAttention(config)];
    const parameters = tidy(() => Object.fromEntries(Object.entries(layer.init(createKey(1))).map(([key, each]) => [key, mul(each, 20)])));
    const x = drawn('hidden', [2, n, width]);
    const marks = [0, 1].map((row) => Array.from({ length: n }, (_, at) => (at % 7 === row + 2 ? 0 : 1)));
    for (const padded of [false, true]) {
      const contextOf = (to: number) => (padded ? { padding: padding(marks.map((row) => row.slice(0, to))) } : {});
      const whole = await plain.apply(parameters, x, contextOf(n)).data();
      for (const steps of [Array.from({ length: n }, () => 1), [11, 1, 5, n - 17]]) {
        let state: LayerState = {};
        let at = 0;
        const rows = steps.map((count) => {
          const step = layer.apply(parameters, slice(x, [0, at, 0], [-1, count, -1]), { state, ...contextOf(at + count) });
          ({ state } = step);
          at += count;
          return step.hidden;
        });
        expectClose(await concat(rows, 1).data(), whole, { atol: 5e-6, rtol: 1e-4 }, `${steps}`);
        expect(state['position']).toBe(n);
        const reach = n - Math.max(0, Math.floor(n / 8) - chunksBefore) * 8;
        expect((state['keys'] as Tensor | undefined)?.shape[2] ?? 0).toBe(reach);
      }
    }
  });

  it('names chunks that are longer than a block may be', () => {
    for (const [name, make] of Object.entries({ reformerAttention, reformerLocalAttention })) {
      expect(() => make({ ...sizes, chunkLength: 8192 })).toThrow(`${name}: chunkLength must be an integer from 1 to 4096.`);
    }
  });

  it('reformerAttention with a cache refuses a state of other rounds', () => {
    const layer = reformerAttention({ ...sizes, cache: true, causal: true, bucketCount: 4, hashKey: createKey(1) });
    const parameters = layer.init(createKey(1));
    const { state } = layer.apply(parameters, drawn('so far', [1, 5, width])) as StatefulResult;
    const wrong = { ...state, buckets: zeros([1, 3, 2, 5], 'int32') };
    expect(() => layer.apply(parameters, drawn('next', [1, 1, width]), { state: wrong })).toThrow('reformerAttention: state.buckets must');
  });

  it('reformerAttention with a cache does not train where attention weights are dropped', () => {
    const dropping = reformerAttention({ ...sizes, cache: true, causal: true, bucketCount: 4, attentionDropout: 0.1 });
    const training = { training: true, key: createKey(1) };
    expect(() => dropping.apply(dropping.init(createKey(1)), drawn('hidden', [2, 5, width]), training)).toThrow(
      `reformerAttention: training must be off with a cache where attention weights are dropped.
  expected  training false, or attentionDropout 0
  got       training true
  remedy    train the layer without a cache, which has the same parameters.`,
    );
  });

  it('reformerLocalAttention with a cache must be causal, without chunks after', () => {
    expect(() => reformerLocalAttention({ ...sizes, cache: true })).toThrow(
      `reformerLocalAttention: a layer with a cache must be causal and have chunksAfter 0: chunks lie in a circle, where the last one attends to the first.
  expected  causal true, chunksAfter 0
  got       causal false, chunksAfter 0
  remedy    leave chunksAfter out, and set causal.`,
    );
    expect(() => reformerLocalAttention({ ...sizes, cache: true, causal: true, chunksAfter: 1 })).toThrow('must be causal');
    const layer = reformerLocalAttention({ ...sizes, cache: true, causal: true });
    const parameters = layer.init(createKey(1));
    const { state } = layer.apply(parameters, drawn('hidden', [2, 5, width]));
    expect(() => layer.apply(parameters, drawn('hidden', [1, 1, width]), { state })).toThrow(
      'reformerLocalAttention: state.keys must have the shape [',
    );
  });

  it('reformerAttention with a cache must be causal, and hash alike at every length', () => {
    const message = 'reformerAttention: a layer with a cache must be causal and have a bucketCount that is the same for every length.';
    expect(() => reformerAttention({ ...sizes, cache: true, causal: true })).toThrow(message);
    expect(() => reformerAttention({ ...sizes, cache: true, bucketCount: 4 })).toThrow(
      `${message}
  expected  causal true, and bucketCount a number or a list of factors
  got       causal false, bucketCount 4
  remedy    give bucketCount: bucketCountFor({ length, chunkLength }) of a usual text's length.`,
    );
    const layer = reformerAttention({ ...sizes, cache: true, causal: true, bucketCount: 4 });
    const parameters = layer.init(createKey(1));
    const { state } = layer.apply(parameters, drawn('hidden', [2, 5, width]));
    expect(() => layer.apply(parameters, drawn('hidden', [1, 1, width]), { state })).toThrow(
      'reformerAttention: state.queryKeys must have the shape [',
    );
  });

  it.each(names)('%s stands in chain and residual, and refuses unknown names of the context', async (name) => {
    const layer = named(name);
    const model = chain({ first: residual(layer), second: layer });
    const parameters = model.init(createKey(1));
    const x = drawn('hidden');
    const part = (prefix: string): Parameters =>
      Object.fromEntries(
        Object.entries(parameters).flatMap(([key, each]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), each]] : [])),
      );
    const inner = add(x, hiddenOf(layer.apply(part('first.'), x)));
    expectClose(await hiddenOf(model.apply(parameters, x)).data(), await hiddenOf(layer.apply(part('second.'), inner)).data(), {
      atol: 1e-6,
      rtol: 1e-5,
    });
    const misspelt = { training: false, pading: undefined };
    expect(() => layer.apply(layer.init(createKey(1)), x, misspelt)).toThrow('did you mean padding?');
  });

  it('refuse what does not fit, in whole sentences', () => {
    const layer = named('reformerAttention');
    const parameters = layer.init(createKey(1));
    expect(() => layer.apply(parameters, normal(createKey(1), [2, length, 5]))).toThrow(
      [
        'reformerAttention: x must be as wide as the layer.',
        '  expected  [b, n, width=12]',
        '  got       [2, 40, 5]',
        '  remedy    give x 12 along axis 2, or make the layer with width 5.',
      ].join('\n'),
    );
    expect(() => layer.apply(parameters, drawn('hidden'), { padding: padding([[1, 1, 0]]) })).toThrow(
      'context.padding must have one row for each batch row',
    );
    const buckets = tensor(new Int32Array(3 * 2 * 32), [1, 3, 2, 32], 'int32');
    const stale = { state: { buckets } };
    expect(() => layer.apply(parameters, drawn('hidden'), stale)).toThrow('reformerAttention: buckets must have the shape [');
  });
});

onTrainingBackends('the layers, trained,', () => {
  it.each(names)('%s trains: sixty steps towards what other parameters give take the loss below a half', async (name) => {
    const layer = named(name);
    const hidden = drawn('hidden');
    const wide = (parameters: Parameters): Parameters =>
      Object.fromEntries(Object.entries(parameters).map(([key, each]) => [key, mul(each, 10)]));
    const target = hiddenOf(layer.apply(wide(layer.init(createKey('teacher'))), hidden));
    const variables = Object.fromEntries(Object.entries(layer.init(createKey('student'))).map(([key, each]) => [key, variable(each)]));
    const optimizer = train.adam(0.02);
    const losses: number[] = [];
    for (let step = 0; step < 60; step++) {
      const { value, grads } = variableGrads(() => lossOf(layer, variables, hidden, target), Object.values(variables));
      losses.push((await value.data())[0] as number);
      optimizer.applyGradients(Object.entries(grads).map(([key, each]) => ({ name: key, tensor: each })));
      dispose([value, grads]);
    }
    expect(losses.at(-1) as number).toBeLessThan((losses[0] as number) / 2);
    optimizer.dispose();
    dispose(variables);
  });
});

/** The main result; the state goes. */
function tidyState(output: LayerOutput): Tensor {
  if ('hidden' in output) dispose({ ...output.state });
  return hiddenOf(output);
}
