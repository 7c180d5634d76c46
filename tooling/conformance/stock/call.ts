import { grads, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { CallTolerance } from '../block-sparse-attention/call.ts';
import type { Guards } from '../contract/guards.ts';
import { asTensor, normals } from '../contract/operand.ts';
import type { Results } from '../contract/results.ts';

/** A call of tfjs's own operations, forward and backward, that gives the same numbers each time. */
export interface StockCall {
  /** Says all that there is to it. */
  readonly label: string;
  readonly run: (around?: Around) => Results;
  /** What `run` must give, where tfjs's own kernel of that operation is wrong. */
  readonly expected?: () => Results;
}

/** Float32 sums in another order: against the largest number of a result. */
export const stockTolerance: CallTolerance = {
  forward: { atol: 2e-5, rtol: 2e-4 },
  backward: { atol: 2e-5, rtol: 2e-4 },
  growsWithLargest: true,
};

/** Makes each operand, where it lies between guards. */
export type Around = Guards['around'];

/** Makes it where it happens to lie. */
const anywhere: Around = (make) => make();

/** A normal tensor that depends on the name. */
export const draw = (name: string, shape: readonly number[], around: Around = anywhere): Tensor =>
  around(() => asTensor(normals(name, shape)));

/** A function of normal tensors of these shapes: its result, and its gradients under a random cotangent. */
export const differentiated =
  (label: string, shapes: Readonly<Record<string, readonly number[]>>, of: (...inputs: readonly Tensor[]) => Tensor): StockCall['run'] =>
  (around) =>
    tidy(() => {
      const names = Object.keys(shapes);
      const inputs = names.map((name) => draw(`${name} of ${label}`, shapes[name] as readonly number[], around));
      const out = of(...inputs);
      const gradients = grads(of as (...inputs: Tensor[]) => Tensor)(inputs, draw(`cotangent of ${label}`, out.shape, around));
      return { out, ...Object.fromEntries(names.map((name, at) => [`gradient of ${name}`, gradients[at] as Tensor])) };
    });
