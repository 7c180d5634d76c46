import type { FeedForwardAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';
import { activations, columnSums, mapped, rowsGradient, weightGradient } from '../linear/definition.ts';

/** y = activation(x · innerWeightᵀ + innerBias) · outerWeightᵀ + outerBias. Chunks change nothing of it. */
export const define: Define<FeedForwardAttributes> = (operands, { activation }) => {
  const [x, innerWeight, innerBias, outerWeight, outerBias] = operands as readonly [Values, Values, Values, Values, Values];
  const [inner, width] = innerWeight.shape as [number, number];
  const rows = x.values.length / width;
  const before = mapped(x.values, innerWeight, innerBias.values);
  const active = Array.from(before, (each) => activations[activation](each));
  const values = active.map(({ value }) => value);
  return {
    outputs: [{ shape: x.shape, values: mapped(values, outerWeight, outerBias.values) }],
    gradients: ([cotangent]) => {
      const dy = cotangent as ArrayLike<number>;
      const dInner = rowsGradient(dy, outerWeight).map((each, at) => each * (active[at]?.slope as number));
      return [
        rowsGradient(dInner, innerWeight),
        weightGradient(dInner, x.values, { rows, width, out: inner }),
        columnSums(dInner, inner),
        weightGradient(dy, values, { rows, width: inner, out: width }),
        columnSums(dy, width),
      ];
    },
  };
};
