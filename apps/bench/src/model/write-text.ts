import { type Key, randomUniform } from '@longspan/core-tensor';
import { mul, reshape, slice, softmax, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { vocabulary } from './language-model.ts';
import type { Model } from './model.ts';

/**
 * Lets the model go on from a prompt, byte by byte, always looking at as many bytes as the prompt had.
 * @param options.temperature below 1 the likely bytes become likelier
 */
export async function write(
  { layer, parameters }: Model,
  prompt: Uint8Array,
  { temperature, count, key }: { readonly temperature: number; readonly count: number; readonly key: Key },
  onByte: (done: number, total: number) => Promise<void>,
): Promise<Uint8Array> {
  const text = new Uint8Array(prompt.length + count);
  text.set(prompt);
  const draws = randomUniform(key, count);
  for (let at = 0; at < count; at++) {
    const seen = Int32Array.from(text.subarray(at, at + prompt.length));
    const probabilities = tidy(() => {
      const logits = layer.apply(parameters, tensor2d(seen, [1, seen.length], 'int32'));
      const last = reshape(slice(logits, [0, seen.length - 1, 0], [1, 1, vocabulary]), [vocabulary]);
      return softmax(mul(last, 1 / temperature));
    });
    text[prompt.length + at] = drawn(await probabilities.data(), draws[at] as number);
    probabilities.dispose();
    await onByte(at + 1, count);
  }
  return text.subarray(prompt.length);
}

/** The first outcome at which the sum of probabilities passes the draw. */
export function drawn(probabilities: ArrayLike<number>, draw: number): number {
  let sum = 0;
  for (let outcome = 0; outcome < probabilities.length; outcome++) {
    sum += probabilities[outcome] as number;
    if (draw < sum) return outcome;
  }
  return probabilities.length - 1;
}
