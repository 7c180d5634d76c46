import { createKey, type Layer, normal, type Parameters } from '@longspan/core-tensor';
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

/** Mean squared error before and after some plain gradient steps towards a random target; the same on every run. */
export async function trainTowards<Inputs>(
  layer: Layer<Inputs, Tensor>,
  inputs: Inputs,
  { steps, rate, scale }: { readonly steps: number; readonly rate: number; readonly scale: number },
): Promise<{ readonly before: number; readonly after: number }> {
  const variables: Record<string, Variable> = {};
  for (const [name, tensor] of Object.entries(layer.init(createKey('training')))) {
    variables[name] = variable(mul(tensor, scale));
    tensor.dispose();
  }
  const parameters: Parameters = variables;
  const target = tidy(() => normal(createKey('target'), layer.apply(parameters, inputs).shape));
  const loss = (): Scalar =>
    tidy(() => mul(sum(square(sub(layer.apply(parameters, inputs, { training: true }), target))), 1 / target.size));
  const numbers: number[] = [];
  for (let step = 0; step <= steps; step++) {
    const { value, grads } = variableGrads(loss);
    numbers.push((await value.data())[0] as number);
    if (step < steps) {
      for (const [name, each] of Object.entries(variables)) {
        const gradient = grads[each.name];
        if (gradient === undefined) throw new Error(`${name} has no gradient`);
        tidy(() => each.assign(add(each, mul(gradient, -rate))));
      }
    }
    dispose([value, grads]);
  }
  dispose([variables, target]);
  return { before: numbers[0] as number, after: numbers[steps] as number };
}
