import type { Variable } from '@tensorflow/tfjs-core';
import {
  add,
  concat,
  cos,
  customGrad,
  div,
  gather,
  logSoftmax,
  matMul,
  mean,
  moments,
  mul,
  neg,
  oneHot,
  range,
  reshape,
  type Scalar,
  sin,
  slice,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tanh,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { type LanguageModelSize, vocabulary } from '../../model/language-model.ts';

/** Weights under the names of `languageModel`, those of linear maps as tfjs users keep them: [in, out]. */
export type NaturalWeights = Readonly<Record<string, Variable>>;

/**
 * The loss of `languageModel` as someone writes it in tfjs: dense attention with an n x n mask, chains of stock ops, no thought of
 * which of them have fast kernels.
 * @shape ids, targets int32 [n]; mask [n, n], added to the scores
 */
export function naturalLoss(weights: NaturalWeights, size: LanguageModelSize, ids: Tensor1D, targets: Tensor1D, mask: Tensor2D): Scalar {
  return tidy(() => {
    const weight = (name: string): Tensor => {
      const found = weights[name];
      if (found === undefined) throw new Error(`no weight "${name}" among ${Object.keys(weights).join(', ')}`);
      return found;
    };
    const dense = (x: Tensor, name: string): Tensor =>
      add(matMul(x as Tensor2D, weight(`${name}.weight`) as Tensor2D), weight(`${name}.bias`));
    const norm = (x: Tensor, name: string): Tensor => {
      const { mean: middle, variance } = moments(x, -1, true);
      return add(mul(div(sub(x, middle), sqrt(add(variance, 1e-5))), weight(`${name}.weight`)), weight(`${name}.bias`));
    };
    let x: Tensor = embedded(weight('embedding.weight') as Tensor2D, ids);
    for (let layer = 0; layer < size.layers; layer++) {
      const of = (name: string): string => `layers.${layer}.${name}`;
      const normed = norm(x, of('attentionNorm')) as Tensor2D;
      const [q, k, v] = ['query', 'key', 'value'].map((name) => matMul(normed, weight(of(`attention.heads.${name}.weight`)) as Tensor2D));
      x = add(x, dense(attend([q, k, v] as [Tensor, Tensor, Tensor], size, mask), of('attention.output')));
      const inner = dense(norm(x, of('feedForwardNorm')), of('feedForward.inner'));
      x = add(x, dense(gelu(inner), of('feedForward.outer')));
    }
    const logits = dense(norm(x, 'norm'), 'output');
    return neg(mean(sum(mul(oneHot(targets, vocabulary), logSoftmax(logits)), -1))) as Scalar;
  });
}

/** The gradient by a product with one-hot rows, because that of gather needs a kernel that tfjs-wasm lacks. */
function embedded(table: Tensor2D, ids: Tensor1D): Tensor {
  const op = customGrad((rows) => ({
    value: gather(rows as Tensor, ids),
    gradFunc: (dy: Tensor) => matMul(transpose(oneHot(ids, vocabulary)), dy as Tensor2D),
  }));
  return op(table);
}

function attend(projected: readonly [Tensor, Tensor, Tensor], { width, heads }: LanguageModelSize, mask: Tensor2D): Tensor {
  const headDim = width / heads;
  const split = (x: Tensor): Tensor => transpose(reshape(x, [-1, heads, headDim]), [1, 0, 2]);
  const [ofQueries, ofKeys, ofValues] = projected;
  const [q, k, v] = [turned(split(ofQueries), headDim), turned(split(ofKeys), headDim), split(ofValues)];
  const scores = mul(matMul(q, k, false, true), 1 / Math.sqrt(headDim));
  return reshape(transpose(matMul(softmax(add(scores, mask)), v), [1, 0, 2]), [-1, width]);
}

/** Rotary positions, the halves turned against each other. */
function turned(x: Tensor, headDim: number): Tensor {
  const [heads = 0, n = 0] = x.shape;
  const half = headDim / 2;
  const frequencies = Array.from({ length: half }, (_, pair) => 10_000 ** (-pair / half));
  const angles = mul(reshape(range(0, n), [n, 1]), [frequencies]);
  const [cosines, sines] = [concat([cos(angles), cos(angles)], 1), concat([sin(angles), sin(angles)], 1)];
  const [low, high] = [slice(x, [0, 0, 0], [heads, n, half]), slice(x, [0, 0, half], [heads, n, half])];
  return add(mul(x, cosines), mul(concat([neg(high), low], 2), sines));
}

const gelu = (x: Tensor): Tensor => mul(mul(x, 0.5), add(tanh(mul(add(x, mul(mul(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1));
