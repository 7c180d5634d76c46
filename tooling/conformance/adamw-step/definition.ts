import type { AdamWStepAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

/** One step of AdamW: parameter, first and second moment. It has no gradient. @source Loshchilov & Hutter 2019, algorithm 2 */
export const define: Define<AdamWStepAttributes> = (operands, { learningRate, beta1, beta2, epsilon, weightDecay, step }) => {
  const [parameter, gradient, firstMoment, secondMoment] = operands as readonly [Values, Values, Values, Values];
  const first = Array.from(firstMoment.values, (moment, at) => beta1 * moment + (1 - beta1) * (gradient.values[at] as number));
  const second = Array.from(secondMoment.values, (moment, at) => beta2 * moment + (1 - beta2) * (gradient.values[at] as number) ** 2);
  const stepped = Array.from(parameter.values, (value, at) => {
    const deviation = Math.sqrt((second[at] as number) / (1 - beta2 ** step)) + epsilon;
    return (1 - learningRate * weightDecay) * value - (learningRate * (first[at] as number)) / (1 - beta1 ** step) / deviation;
  });
  const { shape } = parameter;
  return { outputs: [stepped, first, second].map((values) => ({ shape, values })), gradients: () => [] };
};
