import { createKey, type Key, randomNormal, stopGradient } from '@longspan/core-tensor';
import {
  add,
  dispose,
  equal,
  getBackend,
  grads,
  mul,
  reshape,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Numbers } from '../reference/numbers/numbers.ts';
import { type Backend, withBackend } from './backends.ts';

/** What is computed from tensors: results by name. */
export type Run = (tensors: readonly Tensor[]) => Readonly<Record<string, Tensor>>;

/** Numbers that are the same on every run. */
export function drawn(key: Key, ...shape: number[]): Numbers {
  return {
    shape,
    values: randomNormal(
      key,
      shape.reduce((product, size) => product * size, 1),
    ),
  };
}

export const tensorOf = ({ values, shape }: Numbers): Tensor => tensor(values, [...shape]);

export const numbersOf = async (x: Tensor): Promise<Numbers> => ({ shape: x.shape, values: await x.data<'float32'>() });

/** Every result, and the gradient of each input under random cotangents of all of them. */
export async function answers(inputs: Readonly<Record<string, Numbers>>, run: Run): Promise<Record<string, Float32Array>> {
  const tensors = Object.values(inputs).map(tensorOf);
  const results = tidy(() => run(tensors));
  const loss = (...given: Tensor[]): Scalar => {
    const terms = Object.entries(run(given)).flatMap(([name, x]) => {
      if (x.dtype !== 'float32') return [];
      const { values } = drawn(createKey(`cotangent of ${name}`), ...x.shape);
      const weighed = mul(where(equal(stopGradient(x), Number.NEGATIVE_INFINITY), zerosLike(x), x), tensor(values, x.shape));
      return [sum(reshape(weighed, [-1]))];
    });
    return terms.reduce((one, other) => add(one, other)) as Scalar;
  };
  const gradients = tidy(() => grads(loss)(tensors));
  const found: Record<string, Float32Array> = {};
  for (const [name, x] of Object.entries(results)) found[name] = Float32Array.from(await x.data());
  for (const [at, name] of Object.keys(inputs).entries()) found[`gradient of ${name}`] = await gradients[at]!.data<'float32'>();
  dispose([tensors, results, gradients]);
  return found;
}

/** What `answers` gives on tfjs's cpu backend: no kernel of ours takes part. */
export const definition = (...given: Parameters<typeof answers>): Promise<Record<string, Float32Array>> => onCpu(() => answers(...given));

/** One result on tfjs's cpu backend, without gradients: what a reference says that is then looked at on the host. */
export const defined = (inputs: readonly Numbers[], run: (...tensors: Tensor[]) => Tensor): Promise<Numbers> =>
  onCpu(async () => {
    const tensors = inputs.map(tensorOf);
    const result = tidy(() => run(...tensors));
    const numbers = await numbersOf(result);
    dispose([tensors, result]);
    return numbers;
  });

/** One result of a layer on tfjs's cpu backend, from its weights and inputs of whatever backend. */
export async function definedLayer(
  weights: Readonly<Record<string, Tensor>>,
  inputs: readonly Tensor[],
  run: (weights: Readonly<Record<string, Tensor>>, ...inputs: Tensor[]) => Tensor,
): Promise<Float32Array> {
  const names = Object.keys(weights);
  const numbers = await Promise.all([...Object.values(weights), ...inputs].map(numbersOf));
  const { values } = await defined(numbers, (...tensors) =>
    run(Object.fromEntries(names.map((name, at) => [name, tensors[at] as Tensor])), ...tensors.slice(names.length)),
  );
  return values;
}

async function onCpu<Result>(work: () => Promise<Result>): Promise<Result> {
  const place = getBackend() as Backend;
  await withBackend('cpu');
  const result = await work();
  await withBackend(place);
  return result;
}
