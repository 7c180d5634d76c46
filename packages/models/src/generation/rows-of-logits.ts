import { ConfigError } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The logits of each row, on the host, as float64: what follows adds many of them up.
 * @throws ConfigError where one is NaN or Infinity
 */
export async function rowsOfLogits(caller: string, logits: Tensor): Promise<readonly Float64Array[]> {
  const [rows, vocabulary] = logits.shape as [number, number];
  const values = await logits.data();
  return Array.from({ length: rows }, (_, row) => {
    const own = Float64Array.from(values.subarray(row * vocabulary, (row + 1) * vocabulary));
    if (own.some((each) => !(each < Number.POSITIVE_INFINITY))) throw notFinite(caller, row);
    return own;
  });
}

const notFinite = (caller: string, row: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'all logits must be finite numbers, or −Infinity.',
    expected: 'numbers',
    got: `NaN or Infinity in row ${row}`,
    remedy: 'look at the ids, which must be of the vocabulary, and at the parameters.',
  });
