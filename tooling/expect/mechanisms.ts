import { dispose } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { effort } from './effort.ts';
import { leakedInSteps, type Trainable, trainTowards } from './training.ts';

/** One way to attend, and how well it must learn. */
export interface Mechanism {
  readonly name: string;
  readonly make: () => Trainable;
  /** The share of the first squared error that may be left after the steps. */
  readonly bound: number;
  readonly rate: number;
}

/** Declares for each mechanism that it learns a random target in that many steps. */
export function itLearns(mechanisms: readonly Mechanism[], steps: number): void {
  it.each(mechanisms)(
    `$name: within ${steps} plain steps towards a random target the squared error falls below its bound of $bound`,
    async ({ make, bound, rate }) => {
      const given = make();
      const { before, after } = await trainTowards(given, { steps, rate });
      expect(after / before).toBeLessThan(bound);
      dispose({ ...given.parameters });
    },
  );
}

/** Declares for each mechanism that training it leaks no tensor. */
export function itLeavesNothing(mechanisms: readonly Mechanism[]): void {
  const steps = effort(6, 100);
  it.each(mechanisms)(`$name: ${steps} training steps leave nothing behind`, { timeout: 180_000 }, async ({ make }) => {
    const given = make();
    expect(await leakedInSteps(given, steps)).toEqual({ tensors: 0, buffers: 0 });
    dispose({ ...given.parameters });
  });
}
