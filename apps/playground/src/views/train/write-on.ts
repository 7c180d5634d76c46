import { type Key, type Parameters, randomUniform } from '@longspan/core-tensor';
import { div, reshape, slice, softmax, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { run } from './lesson.ts';
import type { SmallModel } from './make-model.ts';

interface WriteOptions {
  readonly context: number;
  readonly count: number;
  readonly key: Key;
  /** Asked between bytes: lets other work in, and says whether to go on. */
  readonly goOn: () => Promise<boolean>;
}

/** How much likelier bytes are preferred: 1 draws as the model says. */
const temperature = 0.7;

/** Goes on with a text, byte after byte, each drawn from what the model says of it. */
export async function writeOn(
  model: SmallModel,
  parameters: Parameters,
  prompt: ArrayLike<number>,
  { context, count, key, goOn }: WriteOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Array.from(prompt);
  const drawn = randomUniform(key, count);
  for (let at = 0; at < count; at++) {
    const seen = bytes.slice(-context);
    const chances = tidy(() => {
      const { logits } = run(model, parameters, tensor2d(seen, [1, seen.length], 'int32'));
      return softmax(div(reshape(slice(logits, [0, seen.length - 1, 0], [1, 1, -1]), [-1]), temperature));
    });
    bytes.push(chosen(await chances.data<'float32'>(), drawn[at] as number));
    chances.dispose();
    if (!(await goOn())) break;
  }
  return Uint8Array.from(bytes.slice(prompt.length));
}

function chosen(chances: Float32Array, drawn: number): number {
  let left = drawn;
  for (const [at, chance] of chances.entries()) {
    left -= chance;
    if (left < 0) return at;
  }
  return chances.length - 1;
}
