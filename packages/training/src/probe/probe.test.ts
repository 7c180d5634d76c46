import { createKey, normal } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import { concat, memory, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Probe, probe } from './probe.ts';

/** Twelve vectors of three features that no plane separates by the first labels. */
const vectors = [
  [0.13, -0.13, 0.64],
  [0.1, -0.54, 0.36],
  [1.3, 0.95, -0.7],
  [-1.27, -0.62, 0.04],
  [-2.33, -0.22, -1.25],
  [-0.73, -0.54, -0.32],
  [0.41, 1.04, -0.13],
  [1.37, -0.67, 0.35],
  [0.9, 0.09, -0.74],
  [-0.92, -0.46, 0.22],
  [-1.01, -0.21, -0.16],
  [0.54, 0.21, 0.36],
];
const two = [0, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1];
const three = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2];

const close = { atol: 2e-4, rtol: 2e-4 };

onBackends('probe', () => {
  // LogisticRegression(C=C, tol=1e-10) of scikit-learn 1.9.1 on the same numbers.
  it('gives the weights that scikit-learn gives, of two classes and of three', async () => {
    const x = tensor2d(vectors);
    const one = await probe(x, two, { tolerance: 1e-6 });
    expectClose(one.weight, [1.1707018302, 0.4711772682, -0.5513877186], close, 'C = 1');
    expectClose(one.bias, [0.1629111917], close, 'bias');
    const strong = await probe(x, two, { C: 0.1, tolerance: 1e-6 });
    expectClose(strong.weight, [0.333272335, 0.1252373036, -0.0597472861], close, 'C = 0.1');
    expectClose(strong.bias, [0.0464234413], close, 'bias');
    const several = await probe(x, three, { tolerance: 1e-6 });
    const expected = [-0.3916229, 0.3963268, 0.746647, -0.1110364, -0.5860949, -0.1799435, 0.5026593, 0.1897681, -0.5667034];
    expectClose(several.weight, expected, close, 'three classes');
    expectClose(several.bias, [0.0899014, -0.0630241, -0.0268772], close, 'bias');
    x.dispose();
  });

  it('gives likelihoods that sum to 1, whose largest is the prediction', async () => {
    const x = tensor2d(vectors);
    for (const labels of [two, three]) {
      const found = await probe(x, labels);
      const all = await found.probabilities(x);
      const predicted = await found.predict(x);
      for (let row = 0; row < vectors.length; row++) {
        const own = [...all.subarray(row * found.classes, (row + 1) * found.classes)];
        expect(own.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 5);
        expect(own.indexOf(Math.max(...own))).toBe(predicted[row]);
      }
    }
    x.dispose();
  });

  it('leaves nothing behind, after a fit, a prediction and a throw', async () => {
    const x = tensor2d(vectors);
    const none = { tensors: 0, buffers: 0 };
    expect(
      await leaked(async () => {
        const found = await probe(x, three);
        await found.predict(x);
        return {};
      }),
    ).toEqual(none);
    const broken = tensor2d([[Number.NaN], [1]]);
    expect(
      await leaked(async () => {
        await probe(broken, [0, 1]);
        return {};
      }),
    ).toEqual(none);
    x.dispose();
    broken.dispose();
  });
});

describe('probe', () => {
  beforeAll(() => withBackend('cpu'));

  it('solves by hand: of ±1 the weight w is that for which w = 2 C / (1 + exp(w))', async () => {
    const x = tensor2d([[1], [-1]]);
    for (const C of [0.01, 1, 100]) {
      const { weight, bias } = await probe(x, [1, 0], { C, tolerance: 1e-7 });
      let solution = 0; // by halving, for both sides run against each other
      for (let step = 1 << 10; step > 1e-12; step /= 2) if (solution + step <= (2 * C) / (1 + Math.exp(solution + step))) solution += step;
      expect(weight[0]).toBeCloseTo(solution, 3);
      expect(bias[0]).toBeCloseTo(0, 5);
    }
    x.dispose();
  });

  it('separates what can be separated, wholly, and says of the rest how much of it remains', async () => {
    const apart = tidy(() => concat([normal(createKey(1), [200, 8]).sub(3), normal(createKey(2), [200, 8]).add(3)]));
    const mixed = tidy(() => concat([normal(createKey(1), [200, 8]).sub(0.2), normal(createKey(2), [200, 8]).add(0.2)]));
    const labels = Array.from({ length: 400 }, (_, at) => Number(at >= 200));
    const right = async (x: Tensor): Promise<number> => {
      const found = await probe(x, labels);
      expect(found.converged).toBe(true);
      const predicted = await found.predict(x);
      return labels.filter((label, at) => predicted[at] === label).length / labels.length;
    };
    expect(await right(apart)).toBe(1);
    // Two Gaussians whose means are 0.4 · √8 apart: Φ(0.57) = 0.72 is the best there is, a little more of what was fitted.
    const share = await right(mixed);
    expect(share).toBeGreaterThan(0.68);
    expect(share).toBeLessThan(0.8);
    apart.dispose();
    mixed.dispose();
  });

  it('is the same each time, and stops at maxIterations', async () => {
    const x = tensor2d(vectors);
    const [one, other] = [await probe(x, three), await probe(x, three)];
    expect(one.weight).toEqual(other.weight);
    const short = await probe(x, three, { maxIterations: 2 });
    expect([short.iterations, short.converged]).toEqual([2, false]);
    expect(short.loss).toBeGreaterThan(one.loss);
    x.dispose();
  });

  it('says what vectors and labels must be', async () => {
    const x = tensor2d(vectors);
    await expect(probe(x, [0, 1])).rejects.toThrow(
      [
        'probe: labels must be one for each vector.',
        '  expected  12  (n was set by vectors)',
        '  got       2',
        '  remedy    leave out vectors that have no label.',
      ].join('\n'),
    );
    await expect(probe(x, new Array(12).fill(1))).rejects.toThrow('probe: labels must be classes, of which at least two occur.');
    await expect(probe(x, three, { classes: 2 })).rejects.toThrow('probe: labels must be classes, of which at least two occur.');
    await expect(probe(x, two, { c: 1 } as never)).rejects.toThrow('probe: every option must be one of those that probe knows.');
    x.dispose();
  });
});

it('has what it needs of its own: vectors may be disposed, and a tidy may end, while it works', async () => {
  await withBackend('cpu');
  const before = memory().numTensors;
  const vectors = () => tensor2d([[-2], [-1], [1], [2]]);
  const mine = vectors();
  const running = probe(mine, [0, 0, 1, 1]);
  mine.dispose();
  let tidied: Promise<Probe> | undefined;
  tidy(() => {
    tidied = probe(vectors(), [0, 0, 1, 1]);
  });
  const [one, other] = [await running, (await tidied) as Probe];
  expect([...one.weight]).toEqual([...other.weight]);
  expect(memory().numTensors).toBe(before);
});
