import { keep } from '@tensorflow/tfjs-core';
import type { LayerState } from './layer.ts';

/**
 * Protects a state from the tidy around it, as tfjs's `keep` does a tensor: a loss function that is differentiated can hand out nothing
 * else. Dispose it once the next call has read it.
 * @returns the same state
 * @cost no tensor operations
 * @example
 * const { total } = tidy(() => keepState({ total: scalar(3), position: 1 }));
 * await total.data(); // => [3]
 */
export function keepState(state: LayerState): LayerState {
  for (const value of Object.values(state)) if (typeof value !== 'number') keep(value);
  return state;
}

/**
 * Disposes all tensors of a state; twice does no harm.
 * @cost no tensor operations
 */
export function disposeState(state: LayerState): void {
  for (const value of Object.values(state)) if (typeof value !== 'number') value.dispose();
}
