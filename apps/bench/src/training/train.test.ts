import { withBackend } from '@longspan/tooling/expect';
import { dispose, memory, type Scalar, scalar, square, sub, sum, tensor1d, variable } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cosine, paperTraining } from './schedule.ts';
import { train } from './train.ts';

/** Moves x to 3. */
const toThree = () => {
  const x = variable(tensor1d([0, 10]));
  const loss = (): Scalar => sum(square(sub(x, scalar(3)))) as Scalar;
  return { x, loss };
};
const flat = { learningRate: 0.5, schedule: () => 1 };

beforeAll(() => withBackend('cpu'));

describe('train', () => {
  it('goes down the gradients for the steps given, and leaves nothing behind', async () => {
    const { x, loss } = toThree();
    const before = memory().numTensors;
    const { total, losses, ends } = await train({ x }, loss, { ...flat, steps: 200 }, async () => {});
    expect([total, losses.length, ends.length]).toEqual([200, 200, 200]);
    expect(losses[0]).toBe(58);
    expect(losses.at(-1)).toBeLessThan(1e-3);
    expect(memory().numTensors).toBe(before);
    dispose(x);
  });

  it('ends once ten losses in a row are low enough', async () => {
    const { x, loss } = toThree();
    const { losses } = await train({ x }, loss, { ...flat, steps: 1000, enough: 0.01 }, async () => {});
    expect(losses.length).toBeLessThan(1000);
    expect(losses.slice(-10).every((each) => each < 0.01)).toBe(true);
    dispose(x);
  });

  it('plans whole tens of steps by the clock', async () => {
    const { x, loss } = toThree();
    const totals: number[] = [];
    const steps = { seconds: 0.05, after: 4 };
    const { losses } = await train({ x }, loss, { ...flat, steps }, async ({ total }) => void totals.push(total));
    expect(totals.slice(0, 3)).toEqual([1, 1, 1].map(() => Number.POSITIVE_INFINITY));
    expect((losses.length - 4) % 10).toBe(0);
    expect(losses.length).toBe(totals[3]);
    dispose(x);
  });

  it('stops at a loss that is not a number', async () => {
    const { x } = toThree();
    const broken = (step: number): Scalar => sum(step < 2 ? square(x) : sub(x, Number.NaN)) as Scalar;
    await expect(train({ x }, broken, { ...flat, steps: 9 }, async () => {})).rejects.toThrow('the loss of step 3 is not a number');
    dispose(x);
  });
});

it('schedules rise in the warm-up and fall to a tenth', () => {
  const [first, warm, last] = [0, 20, 200].map((step) => cosine(20)(step, 200));
  expect(first).toBeCloseTo(1 / 21, 12);
  expect(warm).toBeCloseTo(1, 12);
  expect(last).toBeCloseTo(0.1, 12);
  const { schedule } = paperTraining;
  expect([0, 9, 50, 100].map((step) => schedule(step, 100))).toEqual([0.1, 1, 1, 0.1]);
});
