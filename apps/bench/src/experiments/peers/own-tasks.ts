import { causal, type Mask, multiHeadAttention, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { applyFeedForward, applyLayerNorm, applyLinear } from '@longspan/core-tensor';
import { createKey, randomNormal } from '@longspan/core-tensor/key';
import { add, grads, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { causalWindow } from '../kernels/attention-problem.ts';
import type { Arrays } from './arrays.ts';
import { base, sizes, type Task } from './input.ts';

export type Named = Readonly<Record<string, Tensor>>;

/** Our side of a task. */
export interface OwnTask {
  /** Inputs and parameters, the latter by the names that Hugging Face gives them. */
  inputs(n: number, seed: number): Arrays;
  /** The answers by name; what belongs to an input is called `d.` and its name. */
  run(tensors: Named): Named;
  /** Answers that are 0 but for rounding. */
  readonly vanishing?: readonly string[];
}

const { heads, headDim, left, longformerSide } = sizes;
const width = heads * headDim;
const epsilon = 1e-12; // Longformer's

export const tensorsOf = (arrays: Arrays): Named =>
  Object.fromEntries(Object.entries(arrays).map(([name, { shape, values }]) => [name, tensor(values, [...shape])]));

function drawn(shapes: Readonly<Record<string, readonly number[]>>, seed: number): Arrays {
  const key = createKey(seed).fold('peers');
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const offset = name.endsWith('LayerNorm.weight') ? 1 : 0;
      return [name, { shape, values: randomNormal(key.fold(name), count).map((value) => offset + scaleOf(name) * value) }];
    }),
  );
}

/** Parameters about as large as those of a trained model: what they make is about as large as the inputs. */
const scaleOf = (name: string): number => (name.endsWith('weight') ? 0.03 : name.endsWith('bias') ? 0.1 : 1);

const projections = (names: readonly string[], features: number): Record<string, readonly number[]> =>
  Object.fromEntries(
    names.flatMap((name) => [
      [`${name}.weight`, [features, features]],
      [`${name}.bias`, [features]],
    ]),
  );

const of = (tensors: Named, name: string): Tensor => {
  const found = tensors[name];
  if (found === undefined) throw new Error(`there is no "${name}" among ${Object.keys(tensors).join(', ')}`);
  return found;
};

function attention(mask: Mask): OwnTask {
  return {
    inputs(n, seed) {
      const shape = [1, heads, n, headDim];
      return drawn({ q: shape, k: shape, v: shape }, seed);
    },
    run: (tensors) => tidy(() => ({ out: sparseAttention(of(tensors, 'q'), of(tensors, 'k'), of(tensors, 'v'), { mask }).out })),
  };
}

const parameters = ['query', 'key', 'value'].flatMap((name) => [`${name}.weight`, `${name}.bias`]);
/** Longformer's attention where no token is global, without the projections of global tokens. */
const selfAttention = (features: number, headCount: number) =>
  multiHeadAttention({
    width: features,
    heads: headCount,
    mask: slidingWindow({ left: longformerSide, right: longformerSide }),
    output: false,
  });
const layer = selfAttention(width, heads);
const baseAttention = selfAttention(base.width, base.heads);

const longformerInputs = (n: number): Record<string, readonly number[]> => ({
  hidden: [1, n, width],
  ...projections(['query', 'key', 'value'], width),
});

/** The gradients of the inputs and of all parameters, under a random cotangent. */
function longformerGradients(tensors: Named): Named {
  const names = ['hidden', ...parameters];
  const gradient = grads((hidden: Tensor, ...values: Tensor[]) =>
    layer.apply(Object.fromEntries(parameters.map((name, at) => [name, values[at] as Tensor])), hidden),
  );
  const found = gradient(
    names.map((name) => of(tensors, name)),
    of(tensors, 'cotangent'),
  );
  return Object.fromEntries(names.map((name, at) => [`d.${name}`, found[at] as Tensor]));
}

/** Longformer's encoder layer: attention, projection and norm, feed-forward and norm, each with its residual. */
function encoderLayer(tensors: Named): Tensor {
  const hidden = of(tensors, 'hidden');
  const pair = (name: string): [Tensor, Tensor] => [of(tensors, `${name}.weight`), of(tensors, `${name}.bias`)];
  return tidy(() => {
    const own = Object.fromEntries(parameters.map((name) => [name, of(tensors, `attention.self.${name}`)]));
    const seen = applyLinear(baseAttention.apply(own, hidden), ...pair('attention.output.dense'));
    const middle = applyLayerNorm(add(seen, hidden), ...pair('attention.output.LayerNorm'), epsilon);
    const [innerWeight, innerBias] = pair('intermediate.dense');
    const [outerWeight, outerBias] = pair('output.dense');
    const forward = applyFeedForward(middle, { innerWeight, innerBias, outerWeight, outerBias }, { activation: 'gelu' });
    return applyLayerNorm(add(forward, middle), ...pair('output.LayerNorm'), epsilon);
  });
}

function encoderInputs(n: number): Record<string, readonly number[]> {
  const { width: features, innerWidth } = base;
  const norm = (name: string) => ({ [`${name}.weight`]: [features], [`${name}.bias`]: [features] });
  return {
    hidden: [1, n, features],
    ...projections(['attention.self.query', 'attention.self.key', 'attention.self.value', 'attention.output.dense'], features),
    ...norm('attention.output.LayerNorm'),
    'intermediate.dense.weight': [innerWidth, features],
    'intermediate.dense.bias': [innerWidth],
    'output.dense.weight': [features, innerWidth],
    'output.dense.bias': [features],
    ...norm('output.LayerNorm'),
  };
}

export const ownTasks: Readonly<Record<Task, OwnTask>> = {
  window: attention(causalWindow(left)),
  causal: attention(causal()),
  longformer: {
    inputs: (n, seed) => drawn(longformerInputs(n), seed),
    run: (tensors) => ({ out: layer.apply(tensors, of(tensors, 'hidden')) }),
  },
  'longformer training': {
    inputs: (n, seed) => drawn({ ...longformerInputs(n), cotangent: [1, n, width] }, seed),
    run: longformerGradients,
    vanishing: ['d.key.bias'], // it shifts all scores of a query alike, which softmax does not see
  },
  encoder: { inputs: (n, seed) => drawn(encoderInputs(n), seed), run: (tensors) => ({ out: encoderLayer(tensors) }) },
};
