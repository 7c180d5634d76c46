import { grads, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Results, SoakCall } from './call.ts';
import type { Draw } from './draw.ts';

/** Float32 sums in another order: against the largest number of a result. */
export const tolerance: SoakCall['tolerance'] = {
  forward: { atol: 2e-5, rtol: 2e-4 },
  backward: { atol: 2e-5, rtol: 2e-4 },
  growsWithLargest: true,
};

export type Function = (...inputs: readonly Tensor[]) => Tensor;

/** A function of normal tensors of these shapes: its result, and its gradients under a random cotangent. */
export function differentiated(draw: Draw, shapes: Readonly<Record<string, readonly number[]>>, of: Function): () => Results {
  return () =>
    tidy(() => {
      const names = Object.keys(shapes);
      const inputs = names.map((name) => draw.normal(name, shapes[name] as readonly number[]));
      const out = of(...inputs);
      const gradients = grads(of as (...inputs: Tensor[]) => Tensor)(inputs, draw.normal('cotangent', out.shape));
      return { out, ...Object.fromEntries(names.map((name, at) => [`gradient of ${name}`, gradients[at] as Tensor])) };
    });
}

/** A label that says name and sizes: `linear {"rows":3}`. */
export const labelled = (name: string, sizes: object): string => `${name} ${JSON.stringify(sizes)}`;
