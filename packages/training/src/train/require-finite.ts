import type { Parameters } from '@longspan/core-tensor';
import { ExplainedError } from '@longspan/core-tensor/error';
import { mul, sum, tidy } from '@tensorflow/tfjs-core';

/**
 * Throws unless loss and gradients are finite.
 * @param step that which is being taken, from 1
 */
export async function requireFinite(caller: string, step: number, loss: number, norm: number, gradients: Parameters): Promise<void> {
  if (Number.isFinite(loss) && Number.isFinite(norm)) return;
  if (!Number.isFinite(loss)) throw notFinite(caller, 'the loss', `${loss} at step ${step}`, ofTheBatch);
  for (const [name, gradient] of Object.entries(gradients)) {
    const test = tidy(() => sum(mul(gradient, 0))); // 0 unless a number is infinite or none
    const [found] = await test.data();
    test.dispose();
    if (found !== 0) throw notFinite(caller, `the gradient of ${name}`, `infinite numbers or NaN at step ${step}`);
  }
  throw notFinite(caller, 'the norm of all gradients', `${norm} at step ${step}: their squares are beyond float32`);
}

/** To check them in every step would read every batch back from the device. */
const ofTheBatch = 'check that the ids and labels of the batch are numbers of their tables, for others give NaN; else ';

const notFinite = (caller: string, what: string, got: string, first = ''): ExplainedError =>
  new ExplainedError({
    caller,
    problem: `${what} must be finite.`,
    expected: 'finite numbers',
    got,
    remedy: `${first}go on from the last checkpoint with a lower learning rate, a longer warm-up, or maxNorm: 1; the parameters are those before the step.`,
  });
