import { engine, type Tensor, zerosLike } from '@tensorflow/tfjs-core';

/**
 * Runs a function once more and differentiates it: its value, and the gradients of xs (zeros where none flows). Works inside the
 * backward pass of something else, where `tf.grads` would throw away the outer tape. Call inside a tidy.
 * @param run reads xs and no other tensors that want gradients
 * @param cotangent of the value's shape, given the value
 */
export function pullBack(
  run: () => Tensor,
  xs: readonly Tensor[],
  cotangent: Tensor | undefined,
): { readonly value: Tensor; readonly gradients: readonly Tensor[] } {
  const { state } = engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  // As if nothing were going on: a tape is recorded where no kernel is running, and cleared where no other gradient is.
  Object.assign(state, { activeTape: null, gradientDepth: 0, kernelDepth: 0 });
  try {
    const { value, grads } = engine().gradients(run, [...xs], cotangent, true);
    // tfjs declares the list without null, although the last argument asks for it.
    const found: readonly (Tensor | null | undefined)[] = grads;
    return { value, gradients: xs.map((x, at) => found[at] ?? zerosLike(x)) };
  } catch (error) {
    for (const { saved = [] } of state.activeTape ?? []) for (const tensor of saved) tensor.dispose();
    throw error;
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
}
