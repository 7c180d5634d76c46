import { ConfigError } from './config-error.ts';
import { isFloat } from './is-float.ts';
import { show } from './show.ts';

/**
 * Checks what attention scores are multiplied by; nothing stands for the default, 1 / sqrt(headDim).
 * @param caller the function that was called, for the message
 * @throws ConfigError when it is not a finite number
 * @example
 * requireScale('sparseAttention', 0.125); // => undefined
 */
export function requireScale(caller: string, scale: number | undefined): void {
  if (scale === undefined || isFloat(scale)) return;
  throw new ConfigError({
    caller,
    problem: 'scale must be a finite number.',
    expected: 'a finite number',
    got: show(scale),
    remedy: 'leave it out for 1 / sqrt(headDim).',
  });
}
