import type { Layer, LayerContext, Parameters } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { defineOp, type Op, vjp } from '@longspan/core-tensor/kernel';
import { addN, mul, sum, type Tensor } from '@tensorflow/tfjs-core';

interface RecomputeAttributes {
  readonly run: (tensors: readonly Tensor[]) => readonly Tensor[];
}

const recomputed: Op<readonly Tensor[], Tensor[], RecomputeAttributes> = defineOp({
  name: 'LongspanRecompute',
  forward: (tensors: readonly Tensor[], { run }: RecomputeAttributes): Tensor[] => [...run(tensors)],
  gradient({ inputs }, cotangents, { run }) {
    const floats = inputs.filter(({ dtype }) => dtype === 'float32');
    const { gradients } =
      cotangents.length === 1
        ? vjp(() => run(inputs)[0] as Tensor, floats, cotangents[0])
        : vjp(() => read(run(inputs), cotangents), floats, undefined);
    return inputs.map((input) => gradients[floats.indexOf(input)] ?? null);
  },
});

/** The scalar whose gradients are those of all outputs together. */
const read = (outputs: readonly Tensor[], cotangents: readonly Tensor[]): Tensor =>
  addN(outputs.flatMap((output, at) => (output.dtype === 'float32' ? [sum(mul(output, cotangents[at] as Tensor))] : [])));

/**
 * The same function, of which the backward pass keeps the arguments only and runs it a second time: memory for time (gradient
 * checkpointing).
 *
 * The catch: only arguments have gradients. A parameter that the function takes from around itself is a constant to it: pass it.
 * The function must give the same numbers again, so whatever it draws comes from a key.
 * @shape any tensors -> what the function gives; int32 arguments have no gradients
 * @throws ConfigError when the function gives no tensor; for gradients of gradients
 * @cost the function's time twice in training; memory of its arguments
 * @source Chen et al. 2016 (arXiv 1604.06174)
 * @example
 * const curve = recompute((x, factor) => mul(square(x), factor));
 * await grad((x) => curve(x, scalar(3)))(tensor1d([1, 2])).data(); // => [6, 12]
 */
export function recompute<Arguments extends readonly Tensor[]>(run: (...tensors: Arguments) => Tensor): (...tensors: Arguments) => Tensor;
export function recompute<Arguments extends readonly Tensor[], Outputs extends readonly Tensor[]>(
  run: (...tensors: Arguments) => Outputs,
): (...tensors: Arguments) => Outputs;
export function recompute<Arguments extends readonly Tensor[]>(
  run: (...tensors: Arguments) => Tensor | readonly Tensor[],
): (...tensors: Arguments) => Tensor | readonly Tensor[] {
  return (...tensors) => {
    let single = false;
    const outputs = recomputed(tensors, {
      run: (given) => {
        const found = run(...(given as Arguments));
        single = !Array.isArray(found);
        return [found].flat() as Tensor[];
      },
    });
    if (outputs.length === 0) throw nothing();
    return single ? (outputs[0] as Tensor) : outputs;
  };
}

const nothing = (): ConfigError =>
  new ConfigError({
    caller: 'recompute',
    problem: 'the function gave no tensor.',
    expected: 'a tensor, or a list of one or more',
    got: 'an empty list',
    remedy: 'return what is to be differentiated.',
  });

/**
 * A layer whose activations are not kept: the backward pass applies it a second time. Parameters, numbers and keys are the layer's own.
 * @shape as the layer
 * @cost the layer's time twice in training; memory of its input and parameters
 * @source Chen et al. 2016 (arXiv 1604.06174)
 * @example
 * const layer = recomputedLayer(feedForward({ width: 4, innerWidth: 16 }));
 * layer.apply(layer.init(createKey(1)), ones([2, 3, 4])).shape; // => [2, 3, 4]
 */
export function recomputedLayer(layer: Layer): Layer {
  return {
    init: (key) => layer.init(key),
    apply(parameters: Parameters, inputs: Tensor, context?: LayerContext): Tensor {
      const names = Object.keys(parameters);
      const run = recompute((x: Tensor, ...values: Tensor[]) =>
        layer.apply(Object.fromEntries(names.map((name, at) => [name, values[at] as Tensor])), x, context),
      );
      return run(inputs, ...Object.values(parameters));
    },
  };
}
