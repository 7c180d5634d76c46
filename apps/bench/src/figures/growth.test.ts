import { createKey } from '@longspan/core-tensor/key';
import { describe, expect, it } from 'vitest';
import { growth, slope } from './growth.ts';
import { randomStream } from './random-stream.ts';

const lengths = [1024, 2048, 4096, 8192];
const random = () => randomStream(createKey(1));

describe('growth', () => {
  it.each([1, 1.5, 2])('of exact n^%s is that exponent, with no width', (exponent) => {
    const found = growth(
      lengths.map((n) => ({ n, value: 3e-7 * n ** exponent })),
      random(),
    );
    expect(found?.exponent).toBeCloseTo(exponent, 9);
    expect(found?.low).toBeCloseTo(exponent, 9);
    expect(found?.high).toBeCloseTo(exponent, 9);
    expect([found?.from, found?.to]).toEqual([1024, 8192]);
  });
  it('is the least-squares slope of a set worked out by hand', () =>
    // log2: x = 0, 1, 2; y = 0, 2, 1; slope = ((−1)(−1) + 0 + (1)(0)) / 2 = 1/2
    expect(
      slope([
        { n: 1, value: 1 },
        { n: 2, value: 4 },
        { n: 4, value: 2 },
      ]),
    ).toBeCloseTo(0.5, 12));
  it('has an interval that holds the exponent of noisy samples', () => {
    const noise = [1.1, 0.9, 1.05, 0.97, 1.2, 0.85, 1.02, 0.93, 1, 1.07, 0.9, 1.1];
    const found = growth(
      noise.map((factor, at) => ({ n: lengths[at % 4] as number, value: factor * (lengths[at % 4] as number) ** 2 })),
      random(),
    );
    expect(found?.low).toBeLessThan(2);
    expect(found?.high).toBeGreaterThan(2);
    expect((found?.high ?? 9) - (found?.low ?? 0)).toBeLessThan(0.4);
  });
  it('of one length is unknown', () =>
    expect(
      growth(
        [
          { n: 8, value: 1 },
          { n: 8, value: 2 },
        ],
        random(),
      ),
    ).toBeUndefined());
  it('leaves out values of 0, which have no logarithm', () => {
    const found = growth([{ n: 512, value: 0 }, ...lengths.map((n) => ({ n, value: n }))], random());
    expect([found?.from, found?.exponent]).toEqual([1024, expect.closeTo(1, 9)]);
  });
});
