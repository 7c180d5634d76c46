import { addN, clone, engine, keep, mul, sum, type Tensor } from '@tensorflow/tfjs-core';

// The one place that reaches into tfjs's engine, whose state and registries have no public functions.

/** A value and the gradients of what it was made from; null where none reaches. */
export interface Differentiated {
  readonly value: Tensor;
  readonly gradients: readonly (Tensor | null)[];
}

/**
 * Runs a function and differentiates it, as `tf.valueAndGrads`, but with null for a gradient that is missing, instead of an error that
 * hides the others.
 * @param cotangent of the value's shape; 1 of a scalar by default
 * @shape a gradient has the shape of its x
 * @cost the function forward and backward
 */
export function differentiated(run: () => Tensor, xs: readonly Tensor[], cotangent?: Tensor | undefined): Differentiated {
  const { value, grads } = engine().gradients(run, [...xs], cotangent, true);
  // tfjs declares the list without null, although the last argument needs it.
  const found: readonly (Tensor | null | undefined)[] = grads;
  return { value, gradients: xs.map((_, at) => found[at] ?? null) };
}

/** A function's value, and the gradient of each x; null where none flows. */
export interface Vjp {
  readonly value: Tensor;
  readonly gradients: readonly (Tensor | null)[];
}

/**
 * The vector-Jacobian product inside the backward pass of something else, where `tf.grads` would throw away the outer tape: runs a
 * function once more, and gives its first output and the gradients of xs. Call inside a tidy.
 * @param run reads xs and no other tensors that want gradients; outputs that are not float32 take no part
 * @param cotangents one for each output, of its shape
 * @shape a gradient has the shape of its x
 * @cost the function forward and backward
 */
export function vjp(run: () => readonly Tensor[], xs: readonly Tensor[], cotangents: readonly Tensor[]): Vjp {
  if (cotangents.length === 1) return onOwnTape(() => run()[0] as Tensor, xs, cotangents[0]);
  let first: Tensor | undefined;
  try {
    const { value, gradients } = onOwnTape(
      () => {
        const outputs = run();
        first = keep(outputs[0] as Tensor); // else it ends with the tape
        return addN(outputs.flatMap((output, at) => (output.dtype === 'float32' ? [sum(mul(output, cotangents[at] as Tensor))] : [])));
      },
      xs,
      undefined,
    );
    value.dispose();
    return { value: clone(first as Tensor), gradients };
  } finally {
    first?.dispose();
  }
}

/** The same of one output. @param cotangent 1 of a scalar when undefined */
function onOwnTape(run: () => Tensor, xs: readonly Tensor[], cotangent: Tensor | undefined): Vjp {
  const { state } = engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  // As if nothing were going on: a tape is recorded where no kernel is running, and cleared where no other gradient is.
  Object.assign(state, { activeTape: null, gradientDepth: 0, kernelDepth: 0 });
  try {
    const { value, gradients } = differentiated(run, xs, cotangent);
    return { value, gradients: xs.map((_, at) => gradients[at] ?? null) };
  } catch (error) {
    releaseTape();
    throw error;
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
}

/** Disposes what a tape has kept whose function threw: tfjs does so only where it comes to an end. Nothing under a gradient that goes on. */
export function releaseTape(): void {
  const { state } = engine();
  if (state.gradientDepth > 0) return;
  for (const { saved = [] } of state.activeTape ?? []) for (const tensor of saved) tensor.dispose();
  Object.assign(state, { activeTape: null });
}

/** Runs a function. What it made and did not keep is disposed where it throws; else it is as if nothing were around it. */
export function disposedOnThrow<Result>(run: () => Result): Result {
  const tfjs = engine();
  let made: Tensor[] = [];
  tfjs.startScope('disposedOnThrow');
  try {
    const result = run();
    made = [...tfjs.state.activeScope.track];
    return result;
  } finally {
    tfjs.endScope(made); // what it is given goes on in the scope around
  }
}

/** Whether a gradient is being taken of what runs now: what computes the same in two ways takes the one whose gradients it wants. */
export const isTaped = (): boolean => engine().state.gradientDepth > 0;

/** Tells of each kernel that tfjs runs, by its name. @returns stops it */
export function watchKernels(onKernel: (kernelName: string) => void): () => void {
  const tfjs = engine();
  const { runKernel } = tfjs;
  tfjs.runKernel = (name, inputs, attributes) => {
    onKernel(name);
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
