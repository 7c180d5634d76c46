import { type Key, randomUniform } from '@longspan/core-tensor/key';

/** Uniform numbers in [0, 1) one at a time, all of them decided by the key. */
export function randomStream(key: Key, chunk = 1024): () => number {
  let drawn: Float32Array = new Float32Array(0);
  let at = 0;
  let chunks = 0;
  return () => {
    if (at === drawn.length) {
      drawn = randomUniform(key.fold(chunks++), chunk);
      at = 0;
    }
    return drawn[at++] as number;
  };
}
