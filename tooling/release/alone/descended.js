import * as tf from '@tensorflow/tfjs';

/**
 * One step of gradient descent by stock tfjs.
 * @param lossOf the loss, a scalar, of a record of parameters
 * @returns the loss before the step and after it
 */
export async function descended(lossOf, parameters, rate = 0.05) {
  const variables = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tf.variable(tensor)]));
  const { value, grads } = tf.variableGrads(() => lossOf(variables)); // of those that the loss depends on
  for (const variable of Object.values(variables)) {
    if (variable.name in grads) variable.assign(tf.sub(variable, tf.mul(grads[variable.name], rate)));
  }
  return { before: (await value.data())[0], after: (await lossOf(variables).data())[0] };
}
