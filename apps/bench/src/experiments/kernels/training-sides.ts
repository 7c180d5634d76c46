import { cost } from '@longspan/attention-sparse';
import type { Parameters } from '@longspan/core-tensor';
import { type Key, randomUniform } from '@longspan/core-tensor/key';
import {
  dispose,
  type NamedTensorMap,
  reshape,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  train,
  transpose,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { windowMask } from '../../attention/dense.ts';
import { type LanguageModelSize, languageModel, vocabulary } from '../../model/language-model.ts';
import { causalWindow } from './attention-problem.ts';
import type { Contender } from './contest.ts';
import { type NaturalWeights, naturalLoss } from './natural-model.ts';
import type { Swap } from './swap-kernels.ts';

/** A training step on both sides, and what it consists of. */
export interface TrainingSides {
  readonly stock: Contender;
  readonly ours: Contender;
  /** Our step without Adam. */
  readonly gradients: Contender;
  /** Our loss, of any weights. */
  readonly lossOf: (parameters: Parameters) => Scalar;
  /** The weights that both sides begin with. */
  readonly initial: Parameters;
  /** Of the products in a step, forward and backward: of linear layers, and of the pairs that the mask allows. */
  readonly flops: { readonly linear: number; readonly attention: number };
}

/**
 * A step of the language model, as `languageModel` and as someone writes it in stock tfjs, from the same weights and the same bytes; loss and
 * gradients of the two were compared.
 * @param stockName what the stock side is called
 * @throws Error where they differ
 */
export async function trainingSides(
  input: LanguageModelSize & { readonly n: number },
  key: Key,
  swap: Swap,
  stockName: string,
): Promise<TrainingSides> {
  const { lossAndGradients, ...sides } = writtenSides(input, key, swap, stockName);
  await swap.ours();
  const expected = await lossAndGradients.ours();
  await swap.stock();
  const start = performance.now();
  const got = await lossAndGradients.stock();
  const tried = (performance.now() - start) / 1000; // all of a step but Adam
  compare(expected, got);
  return { ...sides, stock: { ...sides.stock, tried } };
}

interface WrittenSides extends TrainingSides {
  readonly lossAndGradients: { readonly ours: () => Promise<Step>; readonly stock: () => Promise<Step> };
}

/** The same, before anything has run: for who counts what a step consists of. */
export function writtenSides(input: LanguageModelSize & { readonly n: number }, key: Key, swap: Swap, stockName: string): WrittenSides {
  const { n, left, width, heads, layers } = input;
  const model = languageModel(input);
  const initial = model.init(key.fold('parameters'));
  const own = variables(initial, (tensor) => tensor.clone());
  const natural: NaturalWeights = variables(initial, (tensor, name) => (isLinear(name) ? transpose(tensor) : tensor.clone()));
  const bytes = drawnBytes(key.fold('bytes'), n + 1);
  const [ids, targets] = [tensor1d(bytes.subarray(0, n), 'int32'), tensor1d(bytes.subarray(1), 'int32')];
  const mask = windowMask(n, left);
  const batch = (x: Tensor1D): Tensor2D => reshape(x, [1, n]);
  const lossOf = (parameters: Parameters): Scalar => model.loss.apply(parameters, batch(ids), { targets: batch(targets) }) as Scalar;
  const ownLoss = (): Scalar => lossOf(own);
  const stockLoss = (): Scalar => naturalLoss(natural, input, ids, targets, mask);
  const linear = Object.entries(initial).reduce((sum, [name, { size }]) => sum + (isLinear(name) ? 6 * n * size : 0), 0);
  const attention =
    14 * (width / heads) * layers * cost(causalWindow(left), { queryLength: n, heads, headDim: width / heads }).visitedPairs;
  return {
    stock: { name: stockName, takeOver: swap.stock, run: step(stockLoss, natural) },
    ours: { name: 'Longspan', takeOver: () => swap.ours(), run: step(ownLoss, own) },
    gradients: {
      name: 'Longspan, gradients only',
      takeOver: () => swap.ours(),
      run: () => {
        const { value, grads } = variableGrads(ownLoss, Object.values(own));
        return [value, ...Object.values(grads)];
      },
    },
    lossOf,
    initial,
    flops: { linear, attention },
    lossAndGradients: {
      ours: () => lossAndGradients(ownLoss, own),
      stock: () => lossAndGradients(stockLoss, natural, (tensor, name) => (isLinear(name) ? transpose(tensor) : tensor.clone())),
    },
  };
}

/** All linear maps have their weight as [out, in]; norms and the embedding have none to be transposed. */
const isLinear = (name: string): boolean => name.endsWith('weight') && !/norm[.]|^embedding[.]/i.test(name);

const variables = (initial: Parameters, copy: (tensor: Tensor, name: string) => Tensor): Record<string, Variable> =>
  Object.fromEntries(Object.entries(initial).map(([name, tensor]) => [name, variable(copy(tensor, name), true)]));

const drawnBytes = (key: Key, count: number): Int32Array =>
  Int32Array.from(randomUniform(key, count), (share) => Math.floor(share * vocabulary));

function step(loss: () => Scalar, weights: Readonly<Record<string, Variable>>): () => Tensor {
  const optimizer = train.adam(1e-3);
  const list = Object.values(weights);
  return () => {
    const value = optimizer.minimize(loss, true, list);
    if (value === null) throw new Error('no loss');
    return value;
  };
}

interface Step {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

async function lossAndGradients(
  loss: () => Scalar,
  weights: Readonly<Record<string, Variable>>,
  layout: (tensor: Tensor, name: string) => Tensor = (tensor) => tensor.clone(),
): Promise<Step> {
  const { value, grads } = variableGrads(loss, Object.values(weights));
  const byName: NamedTensorMap = Object.fromEntries(
    Object.entries(weights).map(([name, { name: id }]) => [name, layout(grads[id] as Tensor, name)]),
  );
  const gradients = await Promise.all(
    Object.entries(byName).map(async ([name, tensor]) => [name, (await tensor.data()) as Float32Array] as const),
  );
  const number = (await value.data())[0] as number;
  dispose([value, grads, byName]);
  return { loss: number, gradients: Object.fromEntries(gradients) };
}

/** Through so many layers float32 errors grow: each gradient is compared with its own size. */
const tolerance = 2e-3;

function compare(expected: Step, got: Step): void {
  if (!(Math.abs(expected.loss - got.loss) <= 1e-4 * expected.loss)) throw new Error(`the losses differ: ${expected.loss} and ${got.loss}`);
  for (const [name, values] of Object.entries(expected.gradients)) {
    const other = got.gradients[name] as Float32Array;
    const [off, size] = values.reduce(([a, b], value, at) => [a + (value - (other[at] as number)) ** 2, b + value ** 2], [0, 0]);
    if (!(Math.sqrt(off) <= tolerance * Math.sqrt(size) + 1e-7))
      throw new Error(`the gradients of ${name} differ by ${Math.sqrt(off / size)} of their size`);
  }
}
