import { createKey, defineLayer, disposeParameters } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { adamW } from '@longspan/training';
import { memory, square, sub, sum, tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { endless, type lesson, lessons } from './excerpts.ts';
import { runSteps, type StepsSoFar } from './run.ts';
import { cosine, paperTraining } from './schedules.ts';

/** Moves its weight to 3. */
const toThree = defineLayer({
  name: 'toThree',
  spec: { weight: { shape: [2], draw: { kind: 'zeros' }, decay: false } },
  run: ({ parameters }, x) => sum(square(sub(parameters.get('weight'), x))),
});
const data = endless(() => ({ x: tensor1d([3, 3]) }));
const flat = { key: createKey(0), schedule: () => () => 0.5, optimizer: adamW({ beta2: 0.99, weightDecay: 0 }) };

beforeAll(() => withBackend('cpu'));

describe('runSteps', () => {
  it('goes down the gradients for the steps given, and leaves nothing but the parameters', async () => {
    const before = memory().numTensors;
    const { total, losses, ends, parameters } = await runSteps(toThree, data, { ...flat, steps: 200 }, async () => {});
    expect([total, losses.length, ends.length]).toEqual([200, 200, 200]);
    expect(losses[0]).toBe(18);
    expect(losses.at(-1)).toBeLessThan(1e-3);
    disposeParameters(parameters);
    expect(memory().numTensors).toBe(before);
  });

  it('ends once ten losses in a row are low enough', async () => {
    const { losses, parameters } = await runSteps(toThree, data, { ...flat, steps: 1000, enough: 0.01 }, async () => {});
    expect(losses.length).toBeLessThan(1000);
    expect(losses.slice(-10).every((each) => each < 0.01)).toBe(true);
    disposeParameters(parameters);
  });

  it('plans whole tens of steps by the clock, and follows the schedule of that number from there on', async () => {
    const [totals, scheduled]: [number[], number[]] = [[], []];
    const note = async ({ total }: StepsSoFar): Promise<void> => void totals.push(total);
    const schedule = (steps: number) => {
      scheduled.push(steps);
      return () => 0.5;
    };
    const timed = { ...flat, schedule, steps: { seconds: 0.05, after: 4 } };
    const { losses, parameters } = await runSteps(toThree, data, timed, note);
    expect(totals.slice(0, 3)).toEqual([1, 1, 1].map(() => Number.POSITIVE_INFINITY));
    expect((losses.length - 4) % 10).toBe(0);
    expect(losses.length).toBe(totals[3]);
    expect(scheduled).toEqual([4, losses.length]);
    disposeParameters(parameters);
  });

  it('stops at a loss that is not a number', async () => {
    const broken = endless((at) => ({ x: tensor1d([at < 2 ? 3 : Number.NaN, 3]) }));
    await expect(runSteps(toThree, broken, { ...flat, steps: 9 }, async () => {})).rejects.toThrow('NaN at step 3');
  });
});

it('schedules rise in the warm-up and fall to a tenth', () => {
  const rates = (steps: readonly number[], of: (step: number) => number) => steps.map((step) => Number(of(step).toFixed(9)));
  expect(rates([0, 20, 200], cosine(20, 2)(200))).toEqual([Number((2 / 21).toFixed(9)), 2, 0.2]);
  const { schedule } = paperTraining(1);
  expect(rates([0, 9, 50, 67, 100], schedule(100))).toEqual([0.1, 1, 1, 1, 0.1]);
});

it('lessons have the byte that follows each of theirs, the same ones at the same place', async () => {
  const text = Uint8Array.from({ length: 100 }, (_, at) => at);
  const from = async (at: number) => {
    for (const { x, context } of lessons(text, createKey(1), 2, 5)(at) as Iterable<ReturnType<typeof lesson>>) {
      return { ids: [...(await x.data())], targets: [...(await context.targets.data())] };
    }
    throw new Error('no lesson');
  };
  const { ids, targets } = await from(3);
  expect(targets).toEqual(ids.map((id) => id + 1));
  expect(await from(3)).toEqual({ ids, targets });
  expect((await from(4)).ids).not.toEqual(ids);
});
