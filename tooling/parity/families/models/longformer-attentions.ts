import { add, expandDims, matMul, mul, reshape, sum, type Tensor, tensor4d, transpose } from '@tensorflow/tfjs-core';
import { type Fixture, stored } from '../../fixture.ts';
import { rowsOf } from '../rows.ts';

/**
 * Whole softmaxes [b, h, n, n] in the reference's two forms: of local tokens `attentions` [b, h, n, x + window + 1], weights of up to x global
 * tokens and then of the keys from window / 2 before to window / 2 after, without global ones; of global tokens `global_attentions`
 * [b, h, n, x], what each gives to every key. Slots that a row does not use hold 1 / n there.
 */
export function longformerAttentions(fixture: Fixture, softmax: Tensor, at: number): Readonly<Record<string, Tensor>> {
  const globals = rowsOf(stored(fixture, 'in.global_attention_mask')).map((row) => [...row.keys()].filter((token) => row[token] === 1));
  const [batch, heads, n] = softmax.shape as [number, number, number, number];
  const most = Math.max(...globals.map(({ length }) => length));
  const side = fixture.config.number('attention_window') / 2;
  const isGlobal = (row: number, token: number): boolean => (globals[row] as readonly number[]).includes(token);
  const keyOf = (row: number, query: number, column: number): number | undefined => {
    if (isGlobal(row, query)) return undefined;
    if (column < most) return globals[row]?.[column];
    const key = query + column - most - side;
    return key < 0 || key >= n || isGlobal(row, key) ? undefined : key;
  };
  // 1 where a column of a row stands for a key.
  const selection = Array.from({ length: batch }, (_, row) =>
    Array.from({ length: n }, (_, query) =>
      Array.from({ length: most + 2 * side + 1 }, (_, column) => {
        const key = keyOf(row, query, column);
        return Array.from({ length: n }, (_, each) => (each === key ? 1 : 0));
      }),
    ),
  );
  const ofGlobals = Array.from({ length: batch }, (_, row) =>
    Array.from({ length: heads }, () =>
      Array.from({ length: most }, (_, slot) => Array.from({ length: n }, (_, each) => (each === globals[row]?.[slot] ? 1 : 0))),
    ),
  );
  const isUnused = (row: number, slot: number): boolean => slot >= (globals[row] as readonly number[]).length;
  const unused = Array.from({ length: batch }, (_, row) =>
    Array.from({ length: heads }, () =>
      Array.from({ length: n }, () => Array.from({ length: most }, (_, slot) => (isUnused(row, slot) ? 1 : 0))),
    ),
  );
  const given = transpose(matMul(tensor4d(ofGlobals), softmax), [0, 1, 3, 2]); // [b, h, g, q] · [b, h, q, k]
  return {
    [`attentions.${at}`]: sum(mul(reshape(tensor4d(selection), [batch, 1, n, -1, n]), expandDims(softmax, 3)), 4),
    [`global_attentions.${at}`]: add(given, mul(tensor4d(unused), 1 / n)),
  };
}
