import { attentionSink, bias, keyLengths, logSumExp } from '@longspan/core-tensor';
import { onBackends } from '@longspan/tooling/expect';
import { add, fill, grad, grads, ones, reshape, sum, type Tensor, tensor, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { causal, denseAttention, keyPadding, mergeAttention, mobaAttention, sparseAttention, topKAttention } from '../src/index.ts';

const never = Number.NEGATIVE_INFINITY;

/** Values 1 … n, one feature each. */
const counted = (n: number): Tensor =>
  tensor(
    Float32Array.from({ length: n }, (_, at) => at + 1),
    [1, 1, n, 1],
  );
const attentions = { sparseAttention, denseAttention };

onBackends('what the documentation states of numbers that are no ordinary ones', (_backend, kernels) => {
  it.each(Object.entries(attentions))('%s: a bias of −∞ at pairs that are hidden, by the mask or by the length', async (_, attention) => {
    const q = zeros([1, 1, 2, 1]);
    const above = bias(tensor([0, never, 0, 0], [1, 1, 2, 2]));
    const { out } = attention(q, q, counted(2), { mask: causal(), score: [above] });
    expect([...(await out.data())]).toEqual([1, 1.5]);
    const beyond = bias(tensor([0, never, 0, never], [1, 1, 2, 2]));
    const short = attention(q, q, counted(2), { score: [beyond, keyLengths(tensor1d([1], 'int32'))] });
    expect([...(await short.out.data())]).toEqual([1, 1]);
  });

  it.each([
    ['sparseAttention', 64],
    ['sparseAttention', 70],
    ['denseAttention', 64],
  ] as const)('%s of %i tokens: a row whose every score is −∞ gives 0, and −∞ as its log-sum-exp', async (name, n) => {
    const q = zeros([1, 1, n, 1]);
    const { out, logSumExp } = attentions[name](q, q, counted(n), { score: [bias(fill([1, 1, n, n], never))] });
    expect([...(await out.data())]).toEqual(new Array(n).fill(0));
    expect([...(await logSumExp.data())]).toEqual(new Array(n).fill(never));
  });

  it.each(Object.entries(attentions))(
    '%s: where all scores lie far from 0, the result is a mean and its gradients are those of a mean',
    async (_, attention) => {
      const n = 64;
      const score = [bias(fill([1, 1, n, n], -1e9))];
      const [q, v] = [zeros([1, 1, n, 1]), counted(n)];
      const { out } = attention(q, q, v, { score });
      for (const each of await out.data()) expect(each).toBeCloseTo(32.5, 4);
      const [dq, dk, dv] = grads((...inputs: Tensor[]) => {
        const [a, b, c] = inputs as [Tensor, Tensor, Tensor];
        return sum(attention(a, b, c, { score }).out);
      })([q, ones([1, 1, n, 1]), v]);
      for (const each of (await dv?.data()) ?? []) expect(each).toBeCloseTo(1, 5); // 64 queries, each a 64th
      for (const each of (await dk?.data()) ?? []) expect(Math.abs(each)).toBe(0); // the queries are 0
      for (const each of (await dq?.data()) ?? []) expect(Math.abs(each)).toBeLessThan(1e-3); // the keys are alike
    },
  );

  it.each(Object.entries(attentions))('%s: gradients of scores far above a sink are those without one', async (_, attention) => {
    const inputs = [0, 1, 2].map(() => ones([1, 1, 1, 1]));
    for (const height of [100, 1e5]) {
      const score = () => [attentionSink(tensor1d([0.5])), bias(fill([1, 1, 1, 1], height))];
      const found = grads((...each: Tensor[]) => {
        const [q, k, v] = each as [Tensor, Tensor, Tensor];
        const { out, logSumExp } = attention(q, k, v, { score: score() });
        return sum(add(out, reshape(logSumExp, out.shape)));
      })(inputs);
      // One key: the output is its value, whose gradient is 1; the log-sum-exp is the score q · k + height.
      expect(await Promise.all(found.map(async (each) => (await each.data())[0]))).toEqual([1, 1, 1]);
    }
  });

  const spoiled = [Number.NaN, Number.POSITIVE_INFINITY];
  const never38 = -3.4028234e38;
  it.each([
    ['below the other, in an earlier block', [never38, 0], [2, 1], 1],
    ['below the other, in an earlier block, as a mask of Hugging Face has it', [-1e9, 0], [2, 1], 1],
    ['at −∞', [never, 0], [2, 1], 1],
    ['200 below', [-200, 0], [2, 1], 1],
    ['60 below what is 60 below', [-120, -60, 0], [3, 1, 1], 1],
    ['later', [0, -200], [1, 2], 1],
    ['in the same block', [-200, 0], [2, 1], 8],
  ] as const)('a value that is not finite changes nothing where its weight comes to 0: %s', async (_, scores, values, blockSize) => {
    const n = scores.length;
    const [q, k] = [zeros([1, 1, 1, 1]), zeros([1, 1, n, 1])];
    const score = [bias(tensor([...scores], [1, 1, 1, n]))];
    const at = scores.indexOf(Math.min(...scores) as never);
    for (const value of spoiled) {
      const v = tensor(
        values.map((each, key) => (key === at ? value : each)),
        [1, 1, n, 1],
      );
      for (const attention of Object.values(attentions)) {
        const options = { score, ...(attention === sparseAttention ? { blockSize } : {}) };
        expect([...(await attention(q, k, v, options).out.data())]).toEqual([1]);
        const gradients = grads((...given: Tensor[]) => {
          const [a, b, c] = given as [Tensor, Tensor, Tensor];
          return sum(attention(a, b, c, options).out);
        })([q, k, v]);
        for (const each of gradients) for (const slope of await each.data()) expect(Number.isFinite(slope)).toBe(true);
      }
    }
  });

  it('nor where a sink takes all the weight, or another side does', async () => {
    for (const value of spoiled) {
      const q = zeros([1, 1, 1, 1]);
      const v = fill([1, 1, 1, 1], value);
      const score = [attentionSink(tensor1d([1000]))];
      for (const attention of Object.values(attentions)) expect([...(await attention(q, q, v, { score }).out.data())]).toEqual([0]);
      const low = sparseAttention(q, q, v, { score: [bias(fill([1, 1, 1, 1], -1e9))] });
      expect([...(await mergeAttention(low, sparseAttention(q, q, ones([1, 1, 1, 1]))).out.data())]).toEqual([1]);
      const keys = tensor([-200, 0, 0], [1, 1, 3, 1]);
      const values = tensor([value, 1, 1], [1, 1, 3, 1]);
      const [one, options] = [ones([1, 1, 1, 1]), { scale: 1, queryOffset: 2 }];
      expect([...(await topKAttention(one, keys, values, { ...options, topK: 3 }).out.data())]).toEqual([1]);
      expect([...(await mobaAttention(one, keys, values, { ...options, topK: 3, blockSize: 1, causal: true }).out.data())]).toEqual([1]);
    }
  });

  it('where all scores lie far from 0, the parts that are joined weigh what they should', async () => {
    const side = (out: number) => ({ out: fill([1, 1, 1, 1], out), logSumExp: fill([1, 1, 1], -1e9) });
    expect([...(await mergeAttention(side(3), side(7)).out.data())]).toEqual([5]);
    const hidden = { out: fill([1, 1, 1, 1], Number.NaN), logSumExp: fill([1, 1, 1], never) };
    expect([...(await mergeAttention(side(3), hidden).out.data())]).toEqual([3]);
    for (const height of [-1e9, 1e30, -3.4e38]) {
      const weights = grad((x: Tensor) => sum(logSumExp(x)))(fill([1, 2], height));
      expect([...(await weights.data())]).toEqual([0.5, 0.5]);
    }
    const [q, k, v] = [fill([1, 1, 40, 4], 1e9), ones([1, 1, 40, 4]), ones([1, 1, 40, 1])];
    const ofSelected = [
      topKAttention(q, k, v, { topK: 3, mask: causal() }).out,
      mobaAttention(q, k, v, { blockSize: 4, topK: 3, causal: true }).out,
    ];
    for (const out of ofSelected) for (const each of await out.data()) expect(each).toBeCloseTo(1, 5);
  });

  // A weight is 0 from 104 below a row's largest score on in float32, and from 69 on in our kernels.
  it.each(Object.entries(attentions).flatMap(([name, attention]) => [20, 64, 70].map((n) => [name, n, attention] as const)))(
    '%s of %i tokens: a visible value that is not finite spoils the rows in which it has a weight above 0, and no others',
    async (name, n, attention) => {
      const hidden = 3;
      const nothing = name === 'sparseAttention' && kernels === 'ours' ? 70 : 105;
      const below = (query: number): number => (query % 2 === 0 ? nothing : 60);
      const table = Float32Array.from({ length: n * n }, (_, pair) => (pair % n === hidden ? -below(Math.floor(pair / n)) : 0));
      const score = [bias(tensor(table, [1, 1, n, n]))];
      const [q, k] = [zeros([1, 1, n, 1]), ones([1, 1, n, 1])];
      const mean = ((n * (n + 1)) / 2 - (hidden + 1)) / (n - 1);
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, never]) {
        const numbers = Float32Array.from({ length: n }, (_, key) => (key === hidden ? value : key + 1));
        const out = await attention(q, k, tensor(numbers, [1, 1, n, 1]), { score }).out.data();
        for (const [query, each] of out.entries()) {
          if (below(query) === nothing) expect(each).toBeCloseTo(mean, 4);
          else expect(Number.isFinite(each)).toBe(false);
        }
      }
    },
  );

  it.each(Object.entries(attentions).flatMap(([name, attention]) => [20, 64, 70].map((n) => [name, n, attention] as const)))(
    '%s of %i tokens: gradients of rows in which a value that is not finite has a weight of 0 are those without it',
    async (_, n, attention) => {
      const hidden = 3;
      const table = Float32Array.from({ length: n * n }, (_, pair) => (pair % n === hidden ? -105 : 0));
      const score = [bias(tensor(table, [1, 1, n, n]))];
      const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor => sum(attention(q, k, v, { score }).out);
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, never]) {
        const numbers = Float32Array.from({ length: n }, (_, key) => (key === hidden ? value : key + 1));
        const inputs = [ones([1, 1, n, 1]), ones([1, 1, n, 1]), tensor(numbers, [1, 1, n, 1])];
        const [dq, dk, dv] = await Promise.all(
          grads((...given: Tensor[]) => attend(...(given as [Tensor, Tensor, Tensor])))(inputs).map((each) => each.data()),
        );
        const mean = ((n * (n + 1)) / 2 - (hidden + 1)) / (n - 1);
        // Of n queries alike: each weighs its n − 1 other keys alike, and a key's slope is its value less their mean.
        for (const [key, each] of (dv as Float32Array).entries()) expect(each).toBeCloseTo(key === hidden ? 0 : n / (n - 1), 5);
        for (const [key, each] of (dk as Float32Array).entries()) {
          expect(each).toBeCloseTo(key === hidden ? 0 : (n / (n - 1)) * (key + 1 - mean), 2);
        }
        for (const each of dq as Float32Array) expect(Math.abs(each)).toBeLessThan(1e-4); // the keys are alike
      }
    },
  );

  it.each(Object.entries(attentions).flatMap(([name, attention]) => [2, 64, 130].map((n) => [name, n, attention] as const)))(
    '%s of %i tokens: the mean of values near the ends of float32 is theirs, whatever their sum is',
    async (_, n, attention) => {
      for (const [value, width] of [
        [-3e38, 1],
        [1e37, 4],
        [3.4e38, 5],
      ] as const) {
        const rows = zeros([1, 1, n, width]);
        const { out } = attention(rows, rows, fill([1, 1, n, width], value));
        for (const each of await out.data()) expect(each / value).toBeCloseTo(1, 5);
      }
      // Beside a value of NaN, which one column has.
      const values = Float32Array.from({ length: 2 * n }, (_, at) => (at % 2 === 0 ? 3e38 : at === 1 ? Number.NaN : 1));
      const rows = zeros([1, 1, n, 2]);
      const out = await attention(rows, rows, tensor(values, [1, 1, n, 2])).out.data();
      expect([(out[0] as number) / 3e38, out[1]]).toEqual([expect.closeTo(1, 5), Number.NaN]);
    },
  );

  it.each([
    ['keyPadding', () => ({ mask: keyPadding({ lengths: 60 }) })],
    ['keyLengths', () => ({ score: [keyLengths(tensor1d([60], 'int32'))] })],
  ] as const)('NaN and ∞ in keys and values that %s hides reach no row', async (_, options) => {
    const n = 70;
    const hide = (value: number): Tensor =>
      tensor(
        Float32Array.from({ length: n }, (_, at) => (at < 60 ? at + 1 : value)),
        [1, 1, n, 1],
      );
    const q = zeros([1, 1, n, 1]);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const { out } = sparseAttention(q, hide(value), hide(value), options());
      for (const each of await out.data()) expect(each).toBeCloseTo(30.5, 4);
    }
  });
});
