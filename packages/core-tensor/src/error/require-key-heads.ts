import { ShapeError } from './shape-error.ts';

/**
 * Checks that every key head can be shared by the same number of query heads.
 * @param heads the numbers of query heads and of key heads
 * @param names the arguments that set them, for the message; q and k by default
 * @throws ShapeError with both numbers
 * @example
 * requireKeyHeads('sparseAttention', { h: 8, hkv: 2 }); // => undefined
 */
export function requireKeyHeads(
  caller: string,
  { h, hkv }: { readonly h: number; readonly hkv: number },
  { q = 'q', k = 'k' }: { readonly q?: string | undefined; readonly k?: string | undefined } = {},
): void {
  if (h % hkv === 0) return;
  throw new ShapeError({
    caller,
    problem: 'the number of query heads must be a multiple of the number of key heads.',
    expected: `h a multiple of hkv=${hkv} (set by ${k})`,
    got: `h=${h} (set by ${q})`,
    remedy: `give keys and values a number of heads that divides ${h}.`,
  });
}
