import { engine, type Tensor, zerosLike } from '@tensorflow/tfjs-core';

// The one place that reaches into tfjs's engine, whose state and registries have no public functions.

/** A value and the gradients of what it was made from; null where none reaches. */
export interface Differentiated {
  readonly value: Tensor;
  readonly gradients: readonly (Tensor | null)[];
}

/**
 * Runs a function and differentiates it, as `tf.valueAndGrads`, but with null for a gradient that is missing, instead of an error that
 * hides the others.
 * @param cotangent of the value's shape; 1 of a scalar when absent
 * @shape a gradient has the shape of its x
 * @cost the function forward and backward
 */
export function differentiated(run: () => Tensor, xs: readonly Tensor[], cotangent?: Tensor | undefined): Differentiated {
  const { value, grads } = engine().gradients(run, [...xs], cotangent, true);
  // tfjs declares the list without null, although the last argument asks for it.
  const found: readonly (Tensor | null | undefined)[] = grads;
  return { value, gradients: xs.map((_, at) => found[at] ?? null) };
}

/**
 * The vector-Jacobian product inside the backward pass of something else, where `tf.grads` would throw away the outer tape: runs a
 * function once more, and gives its value and the gradients of xs (zeros where none flows). Call inside a tidy.
 * @param run reads xs and no other tensors that want gradients
 * @param cotangent of the value's shape; 1 of a scalar when undefined
 * @shape a gradient has the shape of its x
 * @cost the function forward and backward
 */
export function vjp(
  run: () => Tensor,
  xs: readonly Tensor[],
  cotangent: Tensor | undefined,
): { readonly value: Tensor; readonly gradients: readonly Tensor[] } {
  const { state } = engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  // As if nothing were going on: a tape is recorded where no kernel is running, and cleared where no other gradient is.
  Object.assign(state, { activeTape: null, gradientDepth: 0, kernelDepth: 0 });
  try {
    const { value, gradients } = differentiated(run, xs, cotangent);
    return { value, gradients: xs.map((x, at) => gradients[at] ?? zerosLike(x)) };
  } catch (error) {
    for (const { saved = [] } of state.activeTape ?? []) for (const tensor of saved) tensor.dispose();
    throw error;
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
}

/** Tells of each kernel that tfjs runs, by its name. @returns stops it */
export function watchKernels(seen: (kernelName: string) => void): () => void {
  const tfjs = engine();
  const { runKernel } = tfjs;
  tfjs.runKernel = (name, inputs, attributes) => {
    seen(name);
    return runKernel.call(tfjs, name, inputs, attributes) as ReturnType<typeof runKernel<never>>;
  };
  return () => {
    tfjs.runKernel = runKernel;
  };
}

/** Forgets a backend without disposing it (tf.removeBackend would), which traps where its memory is broken. Its tensors are lost. */
export function forgetBackend(name: string): void {
  const { registry, registryFactory } = engine();
  delete registry[name];
  delete registryFactory[name];
}
