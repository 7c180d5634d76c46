import { grads, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { asTensor, normals } from '../contract/operand.ts';
import type { Results } from '../contract/results.ts';

/** A call of tfjs's own operations, forward and backward, that gives the same numbers each time. */
export interface StockCall {
  /** Says all that there is to it. */
  readonly label: string;
  readonly run: () => Results;
  /** What `run` must give, where tfjs's own kernel of that operation is wrong. */
  readonly expected?: () => Results;
}

/** A normal tensor that depends on the name. */
export const draw = (name: string, shape: readonly number[]): Tensor => asTensor(normals(name, shape));

/** A function of normal tensors of these shapes: its result, and its gradients under a random cotangent. */
export const differentiated =
  (label: string, shapes: Readonly<Record<string, readonly number[]>>, of: (...inputs: readonly Tensor[]) => Tensor): (() => Results) =>
  () =>
    tidy(() => {
      const names = Object.keys(shapes);
      const inputs = names.map((name) => draw(`${name} of ${label}`, shapes[name] as readonly number[]));
      const out = of(...inputs);
      const gradients = grads(of as (...inputs: Tensor[]) => Tensor)(inputs, draw(`cotangent of ${label}`, out.shape));
      return { out, ...Object.fromEntries(names.map((name, at) => [`gradient of ${name}`, gradients[at] as Tensor])) };
    });
