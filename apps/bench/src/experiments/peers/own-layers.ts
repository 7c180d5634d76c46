import { longformerSelfAttention, sparseAttention } from '@longspan/attention-sparse';
import { applyFeedForward, applyLayerNorm, applyLinear } from '@longspan/core-tensor';
import { createKey, randomNormal } from '@longspan/core-tensor/key';
import { add, grads, type Tensor, type Tensor4D, tensor, tidy } from '@tensorflow/tfjs-core';
import { causalWindow } from '../kernels/attention-problem.ts';
import { base, sizes } from './input.ts';
import type { Arrays } from './tensor-file.ts';

const { heads, headDim, left, longformerSide } = sizes;
const width = heads * headDim;

export type Named = Readonly<Record<string, Tensor>>;

export const tensorsOf = (arrays: Arrays): Named =>
  Object.fromEntries(Object.entries(arrays).map(([name, { shape, values }]) => [name, tensor(values, [...shape])]));

const drawn = (shapes: Readonly<Record<string, readonly number[]>>, seed: number, scaleOf: (name: string) => number): Arrays => {
  const key = createKey(seed).fold('peers');
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const [scale, offset] = [scaleOf(name), name.endsWith('LayerNorm.weight') ? 1 : 0];
      return [name, { shape, values: randomNormal(key.fold(name), count).map((value) => offset + scale * value) }];
    }),
  );
};

export const attentionInputs = (n: number, seed: number): Arrays => {
  const shape = [1, heads, n, headDim];
  return drawn({ q: shape, k: shape, v: shape }, seed, () => 1);
};

/** Weights about as large as those of a trained model: outputs of about unit size. */
const weightScale = (name: string): number => (/^(hidden|cotangent)$/.test(name) ? 1 : name.endsWith('bias') ? 0.1 : 0.03);

const projections = (names: readonly string[], features: number): Record<string, readonly number[]> =>
  Object.fromEntries(
    names.flatMap((name) => [
      [`${name}.weight`, [features, features]],
      [`${name}.bias`, [features]],
    ]),
  );

export const longformerInputs = (n: number, seed: number): Arrays =>
  drawn({ hidden: [1, n, width], cotangent: [1, n, width], ...projections(['query', 'key', 'value'], width) }, seed, weightScale);

export function encoderInputs(seed: number): Arrays {
  const { n, width: features, innerWidth } = base;
  const norm = (name: string) => ({ [`${name}.weight`]: [features], [`${name}.bias`]: [features] });
  return drawn(
    {
      hidden: [1, n, features],
      ...projections(['attention.self.query', 'attention.self.key', 'attention.self.value', 'attention.output.dense'], features),
      ...norm('attention.output.LayerNorm'),
      'intermediate.dense.weight': [innerWidth, features],
      'intermediate.dense.bias': [innerWidth],
      'output.dense.weight': [features, innerWidth],
      'output.dense.bias': [features],
      ...norm('output.LayerNorm'),
    },
    seed,
    weightScale,
  );
}

const mask = causalWindow(left);

export const attend = ({ q, k, v }: Named): Tensor =>
  tidy(() => sparseAttention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { mask }).out);

const window = { left: longformerSide, right: longformerSide } as const;
const layer = longformerSelfAttention({ width, heads, window });
const learned = ['query.weight', 'query.bias', 'key.weight', 'key.bias', 'value.weight', 'value.bias'] as const;

export const longformer = (tensors: Named): Tensor => layer.apply(tensors, { hidden: tensors['hidden'] as Tensor });

/** The gradients of hidden and of all parameters. */
export function longformerGradients(tensors: Named): Tensor[] {
  const gradient = grads((hidden: Tensor, ...values: Tensor[]) =>
    layer.apply(Object.fromEntries(learned.map((name, at) => [name, values[at] as Tensor])), { hidden }),
  );
  return gradient([tensors['hidden'] as Tensor, ...learned.map((name) => tensors[name] as Tensor)], tensors['cotangent'] as Tensor);
}

const baseLayer = longformerSelfAttention({ width: base.width, heads: base.heads, window });
const epsilon = 1e-12; // Longformer's

/** Longformer's encoder layer: attention, projection and norm, feed-forward and norm, each with its residual. */
export function encoderLayer(tensors: Named): Tensor {
  const of = (name: string): Tensor => tensors[name] as Tensor;
  const pair = (name: string): [Tensor, Tensor] => [of(`${name}.weight`), of(`${name}.bias`)];
  return tidy(() => {
    const own = Object.fromEntries(learned.map((name) => [name, of(`attention.self.${name}`)]));
    const seen = applyLinear(baseLayer.apply(own, { hidden: of('hidden') }), ...pair('attention.output.dense'));
    const middle = applyLayerNorm(add(seen, of('hidden')), ...pair('attention.output.LayerNorm'), epsilon);
    const [innerWeight, innerBias] = pair('intermediate.dense');
    const [outerWeight, outerBias] = pair('output.dense');
    const forward = applyFeedForward(middle, { innerWeight, innerBias, outerWeight, outerBias }, { activation: 'gelu' });
    return applyLayerNorm(add(forward, middle), ...pair('output.LayerNorm'), epsilon);
  });
}
