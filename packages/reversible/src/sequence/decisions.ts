import { concat, reshape, slice, type Tensor, zeros } from '@tensorflow/tfjs-core';

/** Shapes of decisions: of each branch's, in the order of the branches. */
export type DecisionShapes = readonly (readonly (readonly number[])[])[];

/** All decisions as one int32 vector, which one output of an op can carry to its backward pass. */
export function packed(decisions: readonly (readonly Tensor[])[]): Tensor {
  const flat = decisions.flat().map((each) => reshape(each, [-1]));
  return flat.length === 0 ? zeros([1], 'int32') : concat(flat);
}

/** The decisions again. To be called inside a tidy. */
export function unpacked(vector: Tensor, shapes: DecisionShapes): readonly (readonly Tensor[])[] {
  let start = 0;
  return shapes.map((ofBranch) =>
    ofBranch.map((shape) => {
      const size = shape.reduce((product, axis) => product * axis, 1);
      start += size;
      return reshape(slice(vector, [start - size], [size]), [...shape]);
    }),
  );
}
