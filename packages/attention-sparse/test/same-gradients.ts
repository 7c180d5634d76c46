import { createKey, type Layer, type LayerContext, normal } from '@longspan/core-tensor';
import { expectClose } from '@longspan/tooling/expect';
import { dispose, grads, mul, sum, type Tensor } from '@tensorflow/tfjs-core';

/** Two layers with the same parameters have the same gradients of x and of each of them, under a random cotangent. */
export async function expectSameGradients<C extends LayerContext>(one: Layer<C>, other: Layer<C>, x: Tensor, context: C): Promise<void> {
  const parameters = one.init(createKey('parameters'));
  const names = Object.keys(parameters);
  const slopes = (layer: Layer<C>): readonly Tensor[] =>
    grads((given: Tensor, ...tensors: Tensor[]) => {
      const own = Object.fromEntries(names.map((name, at) => [name, tensors[at] as Tensor]));
      const out = (layer as Layer).apply(own, given, context);
      return sum(mul(out, normal(createKey('cotangent'), out.shape)));
    })([x, ...Object.values(parameters)]);
  const [found, expected] = [slopes(one), slopes(other)];
  for (const [at, each] of found.entries()) {
    expectClose(await each.data(), await (expected[at] as Tensor).data(), { atol: 1e-6, rtol: 1e-4 }, ['x', ...names][at]);
  }
  dispose([parameters, [...found], [...expected]]);
}
