import { ConfigError, show } from '@longspan/core-tensor/error';

/**
 * attention_window of Longformer and its kin for each layer: tokens of both sides together.
 * @throws ConfigError unless they are even, at least 2, and one number or one for each layer
 */
export function attentionWindows(caller: string, window: number | readonly number[], layers: number): readonly number[] {
  const windows = typeof window === 'number' ? Array.from({ length: layers }, () => window) : window;
  const wrong = (typeof window === 'number' ? [window] : window).findIndex(
    (each) => !(Number.isSafeInteger(each) && each >= 2 && each % 2 === 0),
  );
  if (wrong < 0 && windows.length === layers) return windows;
  throw new ConfigError({
    caller,
    problem: 'attention_window must be even and at least 2 (it counts both sides).',
    expected: `one number, or one per layer (${layers})`,
    got: wrong < 0 ? `${windows.length} numbers` : typeof window === 'number' ? show(window) : `${show(window[wrong])} (layer ${wrong})`,
    remedy: 'write attention_window: 512 for 256 tokens on each side of every token.',
  });
}
