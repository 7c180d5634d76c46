import { ConfigError } from '@longspan/core-tensor/error';

/** tfjs's words where nothing was written on the tape. */
const nothingTaped = /^Cannot compute gradient of y=f\(x\)/;

/** Runs what is run a second time in the backward pass, and says in our words where it takes gradients itself: tfjs has none there. */
export function withoutInnerGradients<Value>(caller: string, run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    if (!nothingTaped.test(String((error as { readonly message?: unknown } | null)?.message))) throw error;
    throw new ConfigError(
      {
        caller,
        problem: 'what is computed again must take no gradients itself.',
        expected: 'operations alone',
        got: 'tf.grad, tf.grads or tf.variableGrads within the function',
        remedy: 'take gradients around it, not in it.',
      },
      { cause: error },
    );
  }
}
