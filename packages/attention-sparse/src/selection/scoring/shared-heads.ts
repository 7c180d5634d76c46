import { ShapeError } from '@longspan/core-tensor/error';

/** Throws unless every key head can be shared by the same number of query heads. */
export function requireSharedHeads(caller: string, { h, hkv }: { readonly h: number; readonly hkv: number }): void {
  if (h % hkv === 0) return;
  throw new ShapeError({
    caller,
    problem: 'the query heads cannot be shared out among the key heads.',
    expected: `h a multiple of hkv=${hkv} (set by k)`,
    got: `h=${h} (set by q)`,
    remedy: `give k and v a number of heads that divides ${h}.`,
  });
}
