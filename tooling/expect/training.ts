import { createKey, normal, type Parameters } from '@longspan/core-tensor';
import {
  add,
  dispose,
  mul,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { leaked } from './leaked.ts';

/** What can be trained: where it starts from, and how its output comes from there. Whoever makes it disposes its parameters. */
export interface Trainable {
  readonly parameters: Parameters;
  readonly run: (parameters: Parameters) => Tensor;
}

/** Mean squared error before and after some plain gradient steps towards a random target; the same on every run. */
export async function trainTowards(
  { parameters, run }: Trainable,
  { steps, rate }: { readonly steps: number; readonly rate: number },
): Promise<{ readonly before: number; readonly after: number }> {
  const variables = asVariables(parameters);
  const target = tidy(() => normal(createKey('target'), run(variables).shape));
  const loss = (): Scalar => tidy(() => mul(sum(square(sub(run(variables), target))), 1 / target.size));
  const lossNow = async (): Promise<number> => {
    const value = loss();
    const [number] = await value.data();
    value.dispose();
    return number as number;
  };
  const before = await lossNow();
  for (let step = 0; step < steps; step++) {
    const { value, grads } = variableGrads(loss);
    for (const [name, each] of Object.entries(variables)) {
      const gradient = grads[each.name];
      if (gradient === undefined) throw new Error(`${name} has no gradient`);
      tidy(() => each.assign(add(each, mul(gradient, -rate))));
    }
    dispose([value, grads]);
  }
  const after = await lossNow();
  dispose([variables, target]);
  return { before, after };
}

/** How many tensors stay behind after that many forward and backward passes under a random cotangent. */
export async function leakedInSteps({ parameters, run }: Trainable, steps: number): Promise<{ tensors: number; buffers: number }> {
  const variables = asVariables(parameters);
  const cotangent = tidy(() => normal(createKey('cotangent'), run(variables).shape));
  const take = (count: number): Tensor[] => {
    for (let step = 0; step < count; step++) {
      const { value, grads } = variableGrads(() => sum(mul(run(variables), cotangent)));
      dispose([value, grads]);
    }
    return [];
  };
  take(1); // what is kept for all calls to come, as layouts are
  const left = await leaked(() => take(steps));
  dispose([variables, cotangent]);
  return left;
}

const asVariables = (parameters: Parameters): Record<string, Variable> =>
  Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, variable(each)]));
