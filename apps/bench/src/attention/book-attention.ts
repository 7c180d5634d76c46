import { type Key, randomNormal } from '@longspan/core-tensor/key';

/** The sizes of one attention call. */
export interface AttentionSize {
  readonly n: number;
  readonly heads: number;
  readonly headDim: number;
}

/** Each token knows its own byte and the three before it, so that equal bytes at different places get different rows. */
const context = 4;

/**
 * Queries, keys and values of a text: the sum of a fixed random row for each of a token's last four bytes, of about unit
 * variance. It is the projection of their one-hot vectors, without the product.
 * @returns q, k and v as typed arrays in the layout [1, heads, n, headDim]
 */
export function attentionArrays(bytes: Uint8Array, { n, heads, headDim }: AttentionSize, key: Key): Record<'q' | 'k' | 'v', Float32Array> {
  if (bytes.length < n) throw new RangeError(`the text has ${bytes.length} bytes, ${n} are needed`);
  const size = { n, heads, headDim };
  return {
    q: bookRows(bytes, size, key.fold('query')),
    k: bookRows(bytes, size, key.fold('key')),
    v: bookRows(bytes, size, key.fold('value')),
  };
}

/** One of the three: [heads, n, headDim]. */
export function bookRows(bytes: Uint8Array, { n, heads, headDim }: AttentionSize, key: Key): Float32Array {
  const width = heads * headDim;
  const table = randomNormal(key, context * 256 * width);
  const out = new Float32Array(n * width);
  const share = 1 / Math.sqrt(context);
  for (let token = 0; token < n; token++) {
    for (let back = 0; back < Math.min(context, token + 1); back++) {
      const row = (back * 256 + (bytes[token - back] as number)) * width;
      for (let head = 0; head < heads; head++) {
        const to = (head * n + token) * headDim;
        for (let at = 0; at < headDim; at++) out[to + at] = (out[to + at] as number) + share * (table[row + head * headDim + at] as number);
      }
    }
  }
  return out;
}
