import {
  type Activation,
  applyDropout,
  chain,
  createKey,
  dropout,
  feedForward,
  type Layer,
  layerNorm,
  linear,
  normal,
  type Parameters,
} from '@longspan/core-tensor';
import { add, engine, mul, norm, sub, sum, type Tensor, tanh, tidy } from '@tensorflow/tfjs-core';
import type { ReversibleBlock, Streams } from '../src/index.ts';

const tanhLayer: Layer = { init: () => ({}), apply: (_, x) => tanh(x) };

/** Pre-norm branches with smooth activations; dropout is in all of them and on where the context has a key. */
export const branches: Readonly<Record<string, (width: number) => Layer>> = {
  gelu: (width) => fed(width, 'gelu'),
  geluTanh: (width) => fed(width, 'geluTanh'),
  chunked: (width) => chain({ norm: layerNorm({ size: width }), feed: feedForward({ width, innerWidth: 2 * width, chunkLength: 2 }) }),
  tanh: (width) =>
    chain({
      norm: layerNorm({ size: width }),
      inner: linear({ inFeatures: width, outFeatures: width + 3 }),
      tanh: tanhLayer,
      dropout: dropout({ rate: 0.2 }),
      outer: linear({ inFeatures: width + 3, outFeatures: width, bias: false }),
    }),
};

function fed(width: number, activation: Activation): Layer {
  return chain({
    norm: layerNorm({ size: width }),
    feed: feedForward({ width, innerWidth: 2 * width, activation }),
    dropout: {
      init: () => ({}),
      apply: (_, x, context) => (context?.key ? applyDropout(x, 0.3, context.key) : dropout({ rate: 0 }).apply({}, x)),
    },
  });
}

export const stack = (names: readonly (readonly [string, string])[], width: number): ReversibleBlock[] =>
  names.map(([f, g]) => ({ f: (branches[f] as (width: number) => Layer)(width), g: (branches[g] as (width: number) => Layer)(width) }));

export const streams = (shape: number[], seed = 'streams'): { x1: Tensor; x2: Tensor } => ({
  x1: normal(createKey(seed).fold('x1'), shape),
  x2: normal(createKey(seed).fold('x2'), shape),
});

/** What a random cotangent reads from both streams, and the gradients of the inputs and of every parameter. */
export function gradientsOf(
  apply: (parameters: Parameters, inputs: Streams) => Streams,
  parameters: Parameters,
  inputs: Streams,
): { readonly loss: Tensor; readonly gradients: Readonly<Record<string, Tensor>> } {
  const named = { x1: inputs.x1, x2: inputs.x2, ...parameters };
  const { value, grads } = engine().gradients(
    () =>
      tidy(() => {
        const cotangent = streams(inputs.x1.shape, 'cotangent');
        const { x1, x2 } = apply(parameters, inputs);
        return add(sum(mul(x1, cotangent.x1)), sum(mul(x2, cotangent.x2)));
      }),
    Object.values(named),
  );
  return { loss: value, gradients: Object.fromEntries(Object.keys(named).map((name, at) => [name, grads[at] as Tensor])) };
}

/** ‖a − b‖ / ‖b‖ */
export async function relativeDistance(a: Tensor, b: Tensor): Promise<number> {
  const [distance, size] = tidy(() => [norm(sub(a, b)), norm(b)] as [Tensor, Tensor]);
  return ((await distance.data())[0] as number) / ((await size.data())[0] as number);
}
