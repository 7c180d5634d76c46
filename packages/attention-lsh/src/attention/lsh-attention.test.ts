import { createKey, normal, padding } from '@longspan/core-tensor';
import { effort, expectClose, leaked, onFewerBackends, onTrainingBackends, poison } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import {
  add,
  dispose,
  grads,
  mul,
  onesLike,
  reshape,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type BucketCount, drawRotations, hashBuckets, type LshAttentionOptions, lshAttention } from '../index.ts';
import { sortedAttention } from './sorted-attention.ts';

interface Case {
  readonly chunkLength: number;
  readonly chunksBefore: number;
  readonly chunksAfter: number;
  readonly causal: boolean;
  /** 1 for a token, 0 for padding, for each token of each batch row. */
  readonly attentionMask?: readonly (readonly number[])[];
  readonly label: string;
  readonly n: number;
  readonly rounds: number;
  readonly buckets: BucketCount;
}

const around = { chunksBefore: 1, chunksAfter: 0, causal: false };
const padded = [
  [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0],
  [1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
];
const cases: readonly Case[] = [
  { ...around, label: 'one round', n: 20, chunkLength: 5, rounds: 1, buckets: 4 },
  { ...around, label: 'causal, two rounds', n: 20, chunkLength: 4, rounds: 2, buckets: 4, causal: true },
  { ...around, label: 'factors, three rounds', n: 21, chunkLength: 3, rounds: 3, buckets: [2, 4] },
  { ...around, label: 'own chunk only, causal', n: 12, chunkLength: 3, rounds: 2, buckets: 2, chunksBefore: 0, causal: true },
  { ...around, label: 'two before and one after', n: 24, chunkLength: 4, rounds: 2, buckets: 6, chunksBefore: 2, chunksAfter: 1 },
  { ...around, label: 'the circle several times around', n: 6, chunkLength: 3, rounds: 1, buckets: 2, chunksBefore: 3, chunksAfter: 2 },
  { ...around, label: 'chunks of one token, causal', n: 7, chunkLength: 1, rounds: 2, buckets: 2, causal: true },
  { ...around, label: 'chunks of one token that see nothing else', n: 7, chunkLength: 1, rounds: 3, buckets: 2, chunksBefore: 0 },
  { ...around, label: 'padding', n: 18, chunkLength: 3, rounds: 2, buckets: 4, attentionMask: padded },
  { ...around, label: 'padding, causal', n: 18, chunkLength: 3, rounds: 2, buckets: [2, 2], attentionMask: padded, causal: true },
  {
    ...around,
    label: 'a row of nothing but padding',
    n: 18,
    chunkLength: 6,
    rounds: 2,
    buckets: 4,
    attentionMask: [padded[0] as number[], new Array<number>(18).fill(0)],
  },
  { ...around, label: 'one chunk', n: 7, chunkLength: 7, rounds: 1, buckets: 2, causal: true },
];
const [b, h, d, dv] = [2, 3, 5, 7];
const draw = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);

function inputsOf({ n, rounds, buckets, label: _, attentionMask, ...chunks }: Case) {
  const options = { ...chunks, padding: attentionMask && padding(attentionMask) };
  const x = draw('x', [b, h, n, d]);
  const value = draw('value', [b, h, n, dv]);
  const rotations = drawRotations(createKey('rotations'), { heads: h, headDim: d, rounds, bucketCount: buckets });
  return { x, value, cotangent: draw('cotangent', [b, h, n, dv]), options: { ...options, rotations, bucketCount: buckets } };
}

/** How often the definition has each query meet each key: by the buckets, or all in one chunk. */
async function countsOf({ attentionMask: marks, n, ...sight }: Case, buckets: Tensor | undefined): Promise<Tensor> {
  if (buckets !== undefined) return reference.lshMeetings((await buckets.array()) as number[][][][], { ...sight, marks });
  const everywhere = Array.from({ length: b }, () => Array.from({ length: h }, () => [new Array<number>(n).fill(0)]));
  return reference.lshMeetings(everywhere, { ...sight, marks, chunksBefore: 0, chunksAfter: 0 });
}

const gradientsOf = (run: (x: Tensor, value: Tensor) => Tensor, x: Tensor, value: Tensor, cotangent: Tensor): Tensor[] =>
  grads((a: Tensor, c: Tensor): Scalar => reshape(sum(mul(run(a, c), cotangent)), []))([x, value]);

onFewerBackends('lshAttention', () => {
  it('has finite gradients for a token of zeros, those of the 1e-6 under the root of its key', async () => {
    const x = tensor([0, 0, 1, 0, 0, 2], [1, 1, 3, 2]);
    const value = tensor([1, 2, 4], [1, 1, 3, 1]);
    const [gradient] = gradientsOf((a, c) => lshAttention(a, c, { chunkLength: 3 }).out, x, value, tensor([1, 1, 1], [1, 1, 3, 1]));
    // No token attends to itself, and all scores are 0: the slope of an output by a score is (one value − the other) / 4. The zero token's
    // query meets the keys [1, 0] and [0, 1]; its key, 1000 / √2 times itself, meets the queries [1, 0] and [0, 2].
    const ofQuery = [(2 - 4) / 4, (4 - 2) / 4];
    const ofKey = [((1 - 4) / 4) * 1, ((1 - 2) / 4) * 2].map((each) => (each * 1000) / Math.SQRT2);
    const found = await (gradient as Tensor).data();
    expectClose(
      found.slice(0, 2),
      ofQuery.map((each, axis) => each + (ofKey[axis] as number)),
      { atol: 1e-3, rtol: 1e-5 },
    );
    expect([...found].every(Number.isFinite)).toBe(true);
  });

  describe.each(cases)('$label', (one) => {
    it('gives the softmax over all copies of the keys that the chunks hold', async () => {
      const { x, value, options } = inputsOf(one);
      poison([
        [b, h, one.n, dv],
        [b, h, one.n, d],
      ]);
      const { out, buckets } = lshAttention(x, value, options);
      const expected = reference.lshAttention(x, value, await countsOf(one, buckets));
      expectClose(await out.data(), await expected.data(), { atol: 2e-5, rtol: 2e-4 });
    });

    it('gives the gradients of that softmax', async () => {
      const { x, value, cotangent, options } = inputsOf(one);
      const counts = await countsOf(one, lshAttention(x, value, options).buckets);
      const ours = gradientsOf((a, c) => lshAttention(a, c, options).out, x, value, cotangent);
      const expected = gradientsOf((a, c) => reference.lshAttention(a, c, counts), x, value, cotangent);
      for (const [at, gradient] of ours.entries()) {
        expectClose(await gradient.data(), await (expected[at] as Tensor).data(), { atol: 2e-5, rtol: 2e-4 }, `gradient ${at}`);
      }
    });

    it('gives the same again by its own buckets, forward and backward', async () => {
      const { x, value, cotangent, options } = inputsOf(one);
      const { out, buckets } = lshAttention(x, value, options);
      if (buckets === undefined) return expect(one.n).toBe(one.chunkLength); // not hashed
      const { rotations: _, bucketCount: __, ...others } = options;
      const replay: LshAttentionOptions = { ...others, buckets };
      const again = lshAttention(x, value, replay);
      expect(await again.out.data()).toEqual(await out.data());
      expect(await again.buckets?.data()).toEqual(await buckets.data());
      const [first, second] = [options, replay].map((each) => gradientsOf((a, c) => lshAttention(a, c, each).out, x, value, cotangent)) as [
        Tensor[],
        Tensor[],
      ];
      for (const [at, gradient] of first.entries()) expect(await second[at]?.data()).toEqual(await gradient.data());
    });
  });

  it.each([cases[2], cases[4], cases[9], cases[6]] as Case[])(
    'gives the same numbers however many heads and rounds are worked on together: $label',
    async (one) => {
      const { x, value, cotangent, options } = inputsOf(one);
      const { chunkLength, chunksBefore, chunksAfter, causal } = options;
      const by = { factors: [one.buckets].flat() };
      const marks = one.attentionMask && Int32Array.from(one.attentionMask.flat());
      const run =
        (budget: number) =>
        (a: Tensor, c: Tensor): Tensor => {
          const attributes = { chunkLength, chunksBefore, chunksAfter, causal, padding: marks, by, dropout: undefined, budget };
          const [out, ...others] = sortedAttention([a, c, options.rotations], attributes);
          for (const each of others) each.dispose();
          return out;
        };
      const together = run(1e6);
      const expected = gradientsOf(together, x, value, cotangent);
      // Two heads of one round at a time, and all heads of two rounds: what is left over is a share of its own.
      for (const apart of [run(2 * one.n * d), run(2 * b * h * one.n * d)]) {
        expectClose(await apart(x, value).data(), await together(x, value).data(), { atol: 1e-6, rtol: 1e-5 });
        const found = gradientsOf(apart, x, value, cotangent);
        for (const [at, gradient] of expected.entries()) {
          expectClose(await (found[at] as Tensor).data(), await gradient.data(), { atol: 2e-6, rtol: 1e-5 }, `gradient ${at}`);
        }
      }
    },
  );

  // All tokens are alike, so that a query's weights are how often it meets each key; the rounds have it meet different numbers of keys.
  it.each([1, 2 ** 17, 2 ** 30])('is right in both passes where all scores are %d', async (height) => {
    const [length, rounds] = [12, 3];
    const listed = Array.from({ length: rounds * length }, (_, at) => (at * (1 + Math.floor(at / length)) * 5) % 4);
    const sight = { chunkLength: 4, chunksBefore: 1, chunksAfter: 0, causal: true };
    const counts = await reference
      .lshMeetings([[[0, 1, 2].map((round) => listed.slice(round * length, (round + 1) * length))]], sight)
      .data();
    const value = draw('value', [1, 1, length, 1]);
    const cotangent = draw('cotangent', [1, 1, length, 1]);
    const x = tensor(
      Float32Array.from({ length: 4 * length }, (_, at) => (at % 4 === 0 ? height : 0)),
      [1, 1, length, 4],
    );
    const meetings = Float32Array.from(counts);
    const [values, cotangents] = [await value.data(), await cotangent.data()];
    const [expected, ofValue] = [new Float64Array(length), new Float64Array(length)];
    for (let query = 0; query < length; query++) {
      const row = meetings.slice(query * length, (query + 1) * length);
      const total = row.reduce((sum, count) => sum + count, 0);
      for (const [key, count] of row.entries()) {
        expected[query] = (expected[query] as number) + (count / total) * (values[key] as number);
        ofValue[key] = (ofValue[key] as number) + (count / total) * (cotangents[query] as number);
      }
    }
    // Numbers [b, h, rounds, n], each round's after those of the round before.
    const buckets = tensor(
      listed.map((bucket, at) => bucket + 4 * Math.floor(at / length)),
      [1, 1, rounds, length],
      'int32',
    );
    const run = (a: Tensor, c: Tensor): Tensor => lshAttention(a, c, { ...sight, buckets }).out;
    expectClose(await run(x, value).data(), expected, { atol: 1e-6, rtol: 1e-5 }, 'out');
    const [dx, dValue] = gradientsOf(run, x, value, cotangent) as [Tensor, Tensor];
    expectClose(await dValue.data(), ofValue, { atol: 1e-6, rtol: 1e-5 }, 'gradient of the values');
    // Turning one query, or one key, changes all of its scores alike to the first order: along x nothing counts, and across it k · q is 0.
    for (const each of await dx.data()) expect(Math.abs(each)).toBeLessThan(1e-5);
    const [, ofEach] = gradientsOf(run, x, value, onesLike(value));
    expect((await sum(ofEach as Tensor).data())[0]).toBeCloseTo(length, 4);
  });

  it('changes nothing before a changed token where it is causal and the buckets stay', async () => {
    const one = cases[1] as Case;
    const { x, value, options } = inputsOf(one);
    const { out, buckets } = lshAttention(x, value, options);
    const token = 13;
    const changed = async (each: Tensor, width: number): Promise<Tensor> => {
      const numbers = Float32Array.from(await each.data(), (number, at) =>
        Math.floor(at / width) % one.n === token ? 3 - number : number,
      );
      return tensor(numbers, each.shape);
    };
    const after = lshAttention(await changed(x, d), await changed(value, dv), { ...options, buckets: buckets as Tensor }).out;
    const [then, now] = [await out.data(), await after.data()];
    const moved = Array.from(now, (number, at) => (number === then[at] ? -1 : Math.floor(at / dv) % one.n));
    expect(Math.min(...moved.filter((position) => position >= 0))).toBe(token);
  });

  it('takes nothing from padded tokens', async () => {
    const one = cases[8] as Case;
    const { x, value, options } = inputsOf(one);
    const mask = one.attentionMask as readonly (readonly number[])[];
    const isPadding = (at: number, width: number): boolean =>
      mask[Math.floor(at / (width * one.n * h))]?.[Math.floor(at / width) % one.n] === 0;
    const noise = async (each: Tensor, width: number): Promise<Tensor> =>
      tensor(
        Float32Array.from(await each.data(), (number, at) => (isPadding(at, width) ? 9 - number : number)),
        each.shape,
      );
    const before = await lshAttention(x, value, options).out.data();
    const after = await lshAttention(await noise(x, d), await noise(value, dv), options).out.data();
    const real = (numbers: ArrayLike<number>): number[] => Array.from(numbers).filter((_, at) => !isPadding(at, dv));
    expectClose(real(after), real(before), { atol: 1e-6, rtol: 1e-6 });
    expect(Array.from(after)).not.toEqual(Array.from(before));
  });

  it('is dense shared query-key attention where every chunk sees every other once, and is not where it sees fewer', async () => {
    const one: Case = { ...around, label: '', n: 20, chunkLength: 10, rounds: 1, buckets: 4 };
    const { x, value, options } = inputsOf(one);
    const every = reference.visibleTokens(20, (query, key) => query !== key);
    const dense = await reference.lshAttention(x, value, every).data();
    expectClose(await lshAttention(x, value, options).out.data(), dense, { atol: 2e-5, rtol: 2e-4 });
    const fewer = await lshAttention(x, value, { ...options, chunkLength: 5 }).out.data();
    expect(Math.max(...fewer.map((number, at) => Math.abs(number - (dense[at] as number))))).toBeGreaterThan(0.1);
  });

  it('drops the same weights in the backward pass, by the key alone', async () => {
    const one = cases[2] as Case;
    const { x, value, cotangent, options } = inputsOf(one);
    const dropped = { ...options, attentionDropout: { key: createKey('drop'), rate: 0.4 } };
    const out = await lshAttention(x, value, dropped).out.data();
    expect(await lshAttention(x, value, dropped).out.data()).toEqual(out);
    expect(await lshAttention(x, value, { ...dropped, attentionDropout: { key: createKey('other'), rate: 0.4 } }).out.data()).not.toEqual(
      out,
    );
    expect(await lshAttention(x, value, { ...dropped, attentionDropout: { key: createKey('other'), rate: 0 } }).out.data()).toEqual(
      await lshAttention(x, value, options).out.data(),
    );
    // The output is linear in the values, so that its gradient gives the output back.
    const [ofX, ofValue] = gradientsOf((a, c) => lshAttention(a, c, dropped).out, x, value, cotangent) as [Tensor, Tensor];
    const inner = async (one: Tensor, other: Tensor): Promise<number> => (await sum(mul(one, other)).data())[0] as number;
    const weights = await cotangent.data();
    const readFrom = (numbers: ArrayLike<number>): number =>
      Array.from(numbers).reduce((total, number, at) => total + number * (weights[at] as number), 0);
    expect(await inner(ofValue, value)).toBeCloseTo(readFrom(out), 3);
    // A small step along the gradient of x changes what is read by its squared length.
    const step = 1e-3;
    const moved = add(x, mul(ofX, step));
    const buckets = hashBuckets(x, options.rotations, { bucketCount: one.buckets });
    const then = await lshAttention(moved, value, { ...dropped, buckets }).out.data();
    const gained = readFrom(then) - readFrom(out);
    expect(gained / step / (await inner(ofX, ofX))).toBeCloseTo(1, 1);
  });

  const passes = effort(6, 100);
  it(`leaves no tensors behind: forward, over ${passes} backward passes, and after a throw`, async () => {
    const { x, value, cotangent, options } = inputsOf(cases[3] as Case);
    const forward = (): { out: Tensor; buckets: Tensor } => lshAttention(x, value, options) as { out: Tensor; buckets: Tensor };
    expect(await leaked(forward)).toEqual({ tensors: 0, buffers: 0 });
    const many = (): Tensor[] => {
      let last: Tensor[] = [];
      for (let step = 0; step < passes; step++) {
        for (const each of last) each.dispose();
        last = gradientsOf((a, c) => lshAttention(a, c, options).out, x, value, cotangent);
      }
      return last;
    };
    expect(await leaked(many)).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => ({ ...lshAttention(x, value, { ...options, chunkLength: 5 }) }) as { out: Tensor })).toEqual({
      tensors: 0,
      buffers: 0,
    });
  });

  it('refuses a length that no whole chunks cover, in whole sentences', () => {
    const { x, value, options } = inputsOf({ ...(cases[0] as Case), n: 41, chunkLength: 8 });
    expect(() => lshAttention(x, value, options)).toThrow(
      [
        'lshAttention: the length must be a multiple of chunkLength.',
        '  expected  a multiple of 8 (chunkLength), or no more than that',
        '  got       41',
        '  remedy    pad to 48 tokens and mask the 7 padded ones by padding, or use reformerAttention, which does.',
      ].join('\n'),
    );
  });
});

onTrainingBackends('lshAttention', () => {
  it('trains: thirty steps towards what others give take the loss below a half', async () => {
    const { n } = cases[3] as Case;
    const { options } = inputsOf(cases[3] as Case);
    const target = lshAttention(draw('their x', [b, h, n, d]), draw('their value', [b, h, n, dv]), options).out;
    const [x, value] = [variable(draw('x', [b, h, n, d])), variable(draw('value', [b, h, n, dv]))];
    const losses: number[] = [];
    for (let step = 0; step < 30; step++) {
      const pass = variableGrads(() => tidy(() => reshape(sum(square(sub(lshAttention(x, value, options).out, target))), [])), [x, value]);
      losses.push((await pass.value.data())[0] as number);
      for (const each of [x, value]) tidy(() => each.assign(sub(each, mul(pass.grads[each.name] as Tensor, 0.2))));
      dispose([pass.value, pass.grads]);
    }
    expect(losses.at(-1) as number).toBeLessThan((losses[0] as number) / 2);
    dispose([x, value, target]);
  });
});
