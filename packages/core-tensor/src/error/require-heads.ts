import { ConfigError } from './config-error.ts';
import { requireInteger } from './require-integer.ts';

/**
 * Checks that the width of a layer is a multiple of its heads.
 * @param caller the function that was called, for the message
 * @throws ConfigError with both numbers, or that names the one that is not a valid count
 * @example
 * requireHeads('longformerAttention', { width: 768, heads: 12 }); // => undefined
 */
export function requireHeads(caller: string, { width, heads }: { readonly width: number; readonly heads: number }): void {
  requireInteger(caller, { width, heads }, 1);
  if (width % heads === 0) return;
  throw new ConfigError({
    caller,
    problem: 'width must be a multiple of heads.',
    expected: 'width a multiple of heads',
    got: `width ${width}, heads ${heads}`,
    remedy: 'choose width = heads · headDim.',
  });
}
