import { add, cast, div, expandDims, floor, greaterEqual, mul, pad, reshape, sub, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type ConfigError, requireKind, requireKnown, show } from '../../../error/index.ts';
import type { Key } from '../../../key/index.ts';
import { rowsOf } from '../../../tensor/rows-of.ts';
import type { Chunk } from '../reference/chunk.ts';
import { invalid } from './invalid.ts';
import { type DropoutTables, dropoutPrime, dropoutTables } from './pair-dropout.ts';
import type { Pairs } from './pairs.ts';
import type { TermRecordOf } from './term-record.ts';

export interface AttentionDropoutTerm {
  readonly kind: 'attentionDropout';
  readonly key: Key;
  readonly rate: number;
}

/**
 * Drops attention weights after the softmax and scales the kept ones up. Whether a pair is kept depends on the key, the batch
 * row, the head and the two indices alone, so every kernel and the backward pass drop the same pairs.
 * @param options.rate fraction of weights to drop, 0 ≤ rate < 1; taken to the nearest of 2,039 steps, and scaled by exactly that
 */
export function attentionDropout(options: { readonly key: Key; readonly rate: number }): AttentionDropoutTerm {
  requireKnown('attentionDropout', options, { key: true, rate: true });
  const { key, rate } = options;
  requireKind('attentionDropout', 'key', key, 'key');
  if (!isRate(rate)) throw invalidRate('attentionDropout', rate);
  return { kind: 'attentionDropout', key, rate };
}

const isRate = (rate: number): boolean => Number.isFinite(rate) && rate >= 0 && rate < 1;

const invalidRate = (caller: string, rate: number): ConfigError =>
  invalid(
    caller,
    caller === 'attentionDropout' ? 'rate' : 'attentionDropout.rate',
    '0 ≤ rate < 1',
    show(rate),
    'give the fraction of weights to drop.',
  );

export const attentionDropoutRecord: TermRecordOf<AttentionDropoutTerm> = {
  kind: 'attentionDropout',
  tensors: {},
  others: ['key', 'rate'],
  single: true,
  temporaries: { scores: 7, blocks: 0 },
  check(caller, { rate }) {
    if (!isRate(rate)) throw invalidRate(caller, rate);
  },
  step(term, { sizes: { batch, heads, queryLength, keyLength } }) {
    let tables: DropoutTables | undefined;
    return (scores, { chunk }) => ({
      scores,
      kept() {
        tables ??= dropoutTables(term, batch * heads * queryLength, keyLength);
        return keptWeights(tables, chunk);
      },
    });
  },
  dense: (term, _, pairs) => ({ kept: keptPairs(term, pairs) }),
};

/** The rule pair by pair. */
function keptPairs(term: AttentionDropoutTerm, { b, h, nq, nk }: Pairs): Tensor {
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

/** x mod 2039; exact for whole x below 2^23, because a quotient of integers is at least 1/2039 away from the next one. */
const mod = (x: Tensor): Tensor => sub(x, mul(floor(div(x, dropoutPrime)), dropoutPrime));

/** Which weights are kept, times their gain: float [C, B, W · B]. */
function keptWeights({ query, key, threshold, gain }: DropoutTables, chunk: Chunk): Tensor {
  const { rows, blockSize, width, keyBlocks, sizes } = chunk;
  const { queryLength, keyLength, heads } = sizes;
  const ofQuery = (residues: Float32Array): Tensor => {
    const picked = new Float32Array(rows * blockSize);
    for (let row = 0; row < rows; row++) {
      const sequence = (chunk.batchRows[row] as number) * heads + (chunk.heads[row] as number);
      const first = (chunk.queryBlock[row] as number) * blockSize;
      const from = sequence * queryLength + first;
      picked.set(residues.subarray(from, from + Math.min(blockSize, queryLength - first)), row * blockSize);
    }
    return tensor(picked, [rows, blockSize, 1]);
  };
  const ofKey = (residues: Float32Array): Tensor => {
    const table = reshape(pad(tensor(residues), [[0, (keyBlocks + 1) * blockSize - keyLength]]), [-1, blockSize]);
    return expandDims(reshape(rowsOf(table, chunk.blocks), [rows, width * blockSize]), 1);
  };
  const x = mod(add(add(mul(ofQuery(query.factor), ofKey(key.factor)), ofQuery(query.shift)), ofKey(key.shift)));
  const y = mod(add(add(mod(mul(mod(mul(x, x)), x)), ofQuery(query.lateShift)), ofKey(key.lateShift)));
  return mul(cast(greaterEqual(y, threshold), 'float32'), gain);
}
