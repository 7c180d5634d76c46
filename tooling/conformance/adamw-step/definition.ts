import type { AdamWStepAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

/** One step of AdamW for each parameter of a list. It has no gradient. */
export const define: Define<AdamWStepAttributes> = (operands, attributes) => ({
  outputs: Array.from({ length: operands.length / 4 }, (_, at) => stepped(operands.slice(4 * at, 4 * at + 4), attributes)).flat(),
  gradients: () => [],
});

/** Parameter, first and second moment. @source Loshchilov & Hutter 2019, algorithm 2 */
function stepped(
  operands: readonly Values[],
  { learningRate, beta1, beta2, epsilon, weightDecay, step }: AdamWStepAttributes,
): readonly Values[] {
  const [parameter, gradient, firstMoment, secondMoment] = operands as readonly [Values, Values, Values, Values];
  const first = Array.from(firstMoment.values, (moment, at) => beta1 * moment + (1 - beta1) * (gradient.values[at] as number));
  const second = Array.from(secondMoment.values, (moment, at) => beta2 * moment + (1 - beta2) * (gradient.values[at] as number) ** 2);
  const moved = Array.from(parameter.values, (value, at) => {
    const deviation = Math.sqrt((second[at] as number) / (1 - beta2 ** step)) + epsilon;
    return (1 - learningRate * weightDecay) * value - (learningRate * (first[at] as number)) / (1 - beta1 ** step) / deviation;
  });
  const { shape } = parameter;
  return [moved, first, second].map((values) => ({ shape, values }));
}
