import type { Layer, LayerContext, LayerOutput } from '@longspan/core-tensor';
import { ConfigError, requireKind } from '@longspan/core-tensor/error';
import { defineOp, type Op, vjp } from '@longspan/core-tensor/kernel';
import { lens, parameterNames, tensorsOfContext, withContextTensors, wrapLayer } from '@longspan/core-tensor/layer';
import { type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { withoutInnerGradients } from './inner-gradients.ts';

interface RecomputeAttributes {
  readonly run: (tensors: readonly Tensor[]) => readonly Tensor[];
}

const recomputed: Op<readonly Tensor[], Tensor[], RecomputeAttributes> = defineOp({
  name: 'LongspanRecompute',
  forward: (tensors: readonly Tensor[], { run }: RecomputeAttributes): Tensor[] => [
    ...withoutInnerGradients('recompute', () => run(tensors)),
  ],
  gradient({ inputs }, cotangents, { run }) {
    const floats = inputs.filter(({ dtype }) => dtype === 'float32');
    const { gradients } = vjp(() => run(inputs), floats, cotangents);
    return inputs.map((input) => (input.dtype === 'float32' ? (gradients[floats.indexOf(input)] ?? zerosLike(input)) : null));
  },
});

/**
 * The same function, of which the backward pass keeps the arguments only and runs it a second time: memory for time (gradient
 * checkpointing).
 *
 * The catch: only arguments have gradients. A parameter that the function takes from around itself is a constant to it: pass it.
 * The function must give the same numbers again, so whatever it draws comes from a key.
 * @shape any tensors -> what the function gives; int32 arguments have no gradients
 * @throws ConfigError when the function gives no tensor or disposes an argument; for gradients of gradients
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
  requireKind('recompute', 'run', run, 'function');
  return (...tensors) => {
    let single = false;
    const outputs = recomputed(tensors, {
      run: (given) => {
        const found = run(...(given as Arguments));
        single = !Array.isArray(found);
        if (given.some(({ isDisposed }) => isDisposed)) throw disposed();
        const all = [found].flat() as Tensor[];
        for (const each of all) requireKind('recompute', 'what the function gives', each, 'tensor');
        return all;
      },
    });
    if (outputs.length === 0) throw nothing();
    return single ? (outputs[0] as Tensor) : outputs;
  };
}

const disposed = (): ConfigError =>
  new ConfigError({
    caller: 'recompute',
    problem: 'the function must leave its arguments to the caller.',
    expected: 'arguments as they were given',
    got: 'one that was disposed',
    remedy: 'leave disposing out: what the function makes besides its results is let go when it ends.',
  });

const nothing = (): ConfigError =>
  new ConfigError({
    caller: 'recompute',
    problem: 'the function must give a tensor.',
    expected: 'a tensor, or a list of one or more',
    got: 'an empty list',
    remedy: 'return what is to be differentiated.',
  });

/** Each tensor of an output once: of a list of states, the last may be the main result as well, and has one gradient. */
const outputsOf = (output: unknown): readonly Tensor[] => [...new Set(tensorsOfContext(output))];

/**
 * A layer whose activations are not kept: the backward pass runs it a second time. Parameters, state, context, numbers and keys are
 * the layer's own; gradients flow to x, to its parameters, and to every tensor of the state and of the context that it reads.
 * @shape as the layer
 * @cost the layer's time twice in training; memory of its input and parameters. Where attention weights are asked for it runs once and is kept
 * @source Chen et al. 2016 (arXiv 1604.06174)
 * @example
 * const layer = recomputedLayer(feedForward({ width: 4, innerWidth: 16 }));
 * layer.apply(layer.init(createKey(1)), ones([2, 3, 4])).shape; // => [2, 3, 4]
 */
export function recomputedLayer<C extends LayerContext, Out extends LayerOutput>(layer: Layer<C, Out>): Layer<C, Out> {
  requireKind('recomputedLayer', 'layer', layer, 'layer');
  return wrapLayer(layer, (inner, x, scope, context) => {
    // Rows of attention are constants beside the output: nothing that could be computed again for a gradient.
    if (context.attentionWeights !== undefined) return inner(x);
    const names = parameterNames(layer.spec, scope.parameters);
    const { caller } = scope.parameters;
    const state = scope.state.record();
    // What the layer does not read would be kept for nothing.
    const read = Object.fromEntries(Object.entries(context).filter(([name]) => layer.reads.includes(name)));
    let output: Out | undefined;
    const run = recompute((...tensors: Tensor[]) => {
      const [again = x, ...rest] = tensors;
      const own = rest.splice(0, names.length);
      const ofState = rest.splice(0, tensorsOfContext(state).length);
      const parameters = Object.fromEntries(names.map((name, at) => [name, own[at] as Tensor]));
      output = inner(
        again,
        { parameters: lens(caller, 'parameter', parameters), state: lens(caller, 'state', withContextTensors(state, ofState)) },
        { ...context, ...withContextTensors(read, rest) },
      );
      return outputsOf(output);
    });
    const given = names.map((name) => scope.parameters.get(name));
    const results = run(x, ...given, ...tensorsOfContext(state), ...tensorsOfContext(read));
    const all = outputsOf(output);
    return withContextTensors(
      output as Out,
      tensorsOfContext(output).map((each) => results[all.indexOf(each)] as Tensor),
    );
  });
}
