import type { SgdStepAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

/** One step of gradient descent with momentum for each parameter of a list. It has no gradient. @source torch.optim.SGD */
export const define: Define<SgdStepAttributes> = (operands, { learningRate, momentum, weightDecay }) => ({
  outputs: Array.from({ length: operands.length / 3 }, (_, nth) => {
    const [parameter, gradient, before] = operands.slice(3 * nth, 3 * nth + 3) as readonly Values[] as readonly [Values, Values, Values];
    const direction = Array.from(
      parameter.values,
      (value, at) => momentum * (before.values[at] as number) + (gradient.values[at] as number) + weightDecay * value,
    );
    const moved = Array.from(parameter.values, (value, at) => value - learningRate * (direction[at] as number));
    return [moved, direction].map((values) => ({ shape: parameter.shape, values }));
  }).flat(),
  gradients: () => [],
});
