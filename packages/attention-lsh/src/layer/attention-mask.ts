import { ConfigError, ShapeError } from '@longspan/core-tensor/error';

/**
 * For each token of each batch row 1, or 0 where it is padding that nobody may see. Data of the host: whether there is any padding
 * decides how many buckets there are.
 */
export type AttentionMask = readonly ArrayLike<number>[];

/** The mask as one row after the other, checked; undefined where there is no padding. */
export function paddingOf(
  caller: string,
  mask: AttentionMask | undefined,
  { batch, length }: { readonly batch: number; readonly length: number },
): Int32Array | undefined {
  if (mask === undefined) return undefined;
  const misshapen = mask.findIndex((row) => row.length !== length);
  if (mask.length !== batch || misshapen >= 0) {
    throw new ShapeError({
      caller,
      problem: 'attentionMask does not fit.',
      expected: `${batch} rows (batch) of ${length} numbers (tokens)`,
      got: mask.length === batch ? `row ${misshapen} with ${mask[misshapen]?.length} numbers` : `${mask.length} rows`,
      remedy: 'give attentionMask one number for each token of each batch row.',
    });
  }
  const flat = Int32Array.from({ length: batch * length }, (_, at) => mask[Math.floor(at / length)]?.[at % length] as number);
  mask.forEach((row, at) => {
    for (let token = 0; token < length; token++) {
      if (row[token] === 0 || row[token] === 1) continue;
      throw new ConfigError({
        caller,
        problem: 'attentionMask holds a number that means nothing.',
        expected: '0 (padding), 1 (a token)',
        got: `${row[token]} (row ${at}, token ${token})`,
        remedy: 'write attentionMask with these numbers only.',
      });
    }
  });
  return flat.includes(0) ? flat : undefined;
}
