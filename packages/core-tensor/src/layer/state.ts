import { keep, type Tensor } from '@tensorflow/tfjs-core';
import { requireKind } from '../error/index.ts';
import { checkKind } from '../tensor/dims.ts';
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
  const tensors = tensorsOfState('keepState', state);
  for (const [name, value] of Object.entries(state)) if (typeof value !== 'number') checkKind('keepState', name, value);
  for (const tensor of tensors) keep(tensor);
  return state;
}

/**
 * Disposes all tensors of a state; twice does no harm.
 * @cost no tensor operations
 */
export function disposeState(state: LayerState): void {
  for (const tensor of tensorsOfState('disposeState', state)) tensor.dispose();
}

/** All tensors of a state, disposed ones too. */
function tensorsOfState(caller: string, state: LayerState): readonly Tensor[] {
  requireKind(caller, 'state', state, 'record');
  const entries = Object.entries(state).filter((entry): entry is [string, Tensor] => typeof entry[1] !== 'number');
  for (const [name, tensor] of entries) requireKind(caller, name, tensor, 'tensor');
  return entries.map(([, tensor]) => tensor);
}
