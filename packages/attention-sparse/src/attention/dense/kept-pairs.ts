import type { AttentionDropoutTerm } from '@longspan/core-tensor';
import { dropoutPrime, dropoutTables } from '@longspan/core-tensor/kernel';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { Pairs } from './pairs.ts';

/** The rule of attention dropout, pair by pair. */
export function keptPairs(term: AttentionDropoutTerm, { b, h, nq, nk }: Pairs): Tensor {
  const { query, key, threshold, gain } = dropoutTables(term, b * h * nq, nk);
  const kept = Float32Array.from({ length: b * h * nq * nk }, (_, at) => {
    const i = Math.floor(at / nk);
    const j = at % nk;
    const x =
      ((query.factor[i] as number) * (key.factor[j] as number) + (query.shift[i] as number) + (key.shift[j] as number)) % dropoutPrime;
    const y = (((x * x) % dropoutPrime) * x + (query.lateShift[i] as number) + (key.lateShift[j] as number)) % dropoutPrime;
    return y >= threshold ? gain : 0;
  });
  return tensor(kept, [b, h, nq, nk]);
}
