import {
  type Activation,
  applyDropout,
  chain,
  createKey,
  defineLayer,
  dropout,
  feedForward,
  type Layer,
  type LayerContext,
  layerNorm,
  linear,
  normal,
  type Parameters,
} from '@longspan/core-tensor';
import { clone, concat, engine, mul, norm, split, sub, sum, type Tensor, tanh, tidy } from '@tensorflow/tfjs-core';

/** A layer without parameters. */
export const plainLayer = (name: string, run: (x: Tensor, context: LayerContext) => Tensor): Layer =>
  defineLayer({ name, run: (_, x, context) => run(x, context) });

/** Pre-norm branches with smooth activations; dropout is in all of them and on where the context has a key. */
export const branches: Readonly<Record<string, (width: number) => Layer>> = {
  gelu: (width) => fed(width, 'gelu'),
  geluTanh: (width) => fed(width, 'geluTanh'),
  chunked: (width) => chain({ norm: layerNorm({ width }), feed: feedForward({ width, innerWidth: 2 * width, chunkLength: 2 }) }),
  tanh: (width) =>
    chain({
      norm: layerNorm({ width }),
      inner: linear({ inFeatures: width, outFeatures: width + 3 }),
      tanh: plainLayer('tanh', tanh),
      dropout: dropout({ rate: 0.2 }),
      outer: linear({ inFeatures: width + 3, outFeatures: width, bias: false }),
    }),
};

function fed(width: number, activation: Activation): Layer {
  return chain({
    norm: layerNorm({ width }),
    feed: feedForward({ width, innerWidth: 2 * width, activation }),
    dropout: plainLayer('dropout', (x, { key }) => (key ? applyDropout(x, 0.3, key) : clone(x))),
  });
}

export type PlainBlock = { readonly f: Layer; readonly g: Layer };

export const stack = (names: readonly (readonly [string, string])[], width: number): PlainBlock[] =>
  names.map(([f, g]) => ({ f: (branches[f] as (width: number) => Layer)(width), g: (branches[g] as (width: number) => Layer)(width) }));

/** Two random streams of that shape, side by side. */
export const streams = (shape: number[], seed = 'streams'): Tensor =>
  tidy(() => concat([normal(createKey(seed).fold('x1'), shape), normal(createKey(seed).fold('x2'), shape)], -1));

export function halves(x: Tensor): { readonly x1: Tensor; readonly x2: Tensor } {
  const [x1, x2] = split(x, 2, -1) as [Tensor, Tensor];
  return { x1, x2 };
}

/** What a random cotangent reads from both streams, and the gradients of both inputs and of every parameter. */
export function gradientsOf(
  apply: (parameters: Parameters, x: Tensor) => Tensor,
  parameters: Parameters,
  x: Tensor,
): { readonly loss: Tensor; readonly gradients: Readonly<Record<string, Tensor>> } {
  const { value, grads } = engine().gradients(
    () =>
      tidy(() => {
        const shape = [...x.shape.slice(0, -1), (x.shape.at(-1) as number) / 2];
        return sum(mul(apply(parameters, x), streams(shape, 'cotangent')));
      }),
    [x, ...Object.values(parameters)],
  );
  const [ofX, ...others] = grads as [Tensor, ...Tensor[]];
  const gradients = { ...halves(ofX), ...Object.fromEntries(Object.keys(parameters).map((name, at) => [name, others[at] as Tensor])) };
  ofX.dispose();
  return { loss: value, gradients };
}

/** ‖a − b‖ / ‖b‖ */
export async function relativeDistance(a: Tensor, b: Tensor): Promise<number> {
  const [distance, size] = tidy(() => [norm(sub(a, b)), norm(b)] as [Tensor, Tensor]);
  return ((await distance.data())[0] as number) / ((await size.data())[0] as number);
}
