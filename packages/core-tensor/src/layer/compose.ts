import { add, clone, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { ConfigError, ShapeError } from '../error/index.ts';
import type { Layer, LayerContext } from './layer.ts';
import { type Parameters, prefixed, scoped } from './parameters.ts';

/**
 * The context for the part of a layer that has that name: its random numbers are its own. Give each part that draws another name.
 * @cost one fold of the key, where there is one
 * @example
 * contextOf({ training: true, key: createKey(1) }, 'dropout').key.words.join() === createKey(1).fold('dropout').words.join(); // => true
 */
export function contextOf(context: LayerContext | undefined, name: string): LayerContext {
  return context?.key === undefined ? { ...context } : { ...context, key: context.key.fold(name) };
}

/**
 * One layer after the other, in the order of the record. Parameters stand under `name.rest`; each layer's key is the chain's,
 * folded by its name. JavaScript puts names that are integers before all others: do not mix the two.
 * @shape those of the first layer's inputs -> those of the last layer's outputs; no layers at all return a copy
 * @throws ConfigError when a name is empty, or another name with a dotted rest (`a` and `a.b`), whose parameters could collide
 * @cost that of its layers; what lies between them is disposed unless a gradient needs it
 * @example
 * const half = { init: () => ({ factor: scalar(0.5) }), apply: ({ factor }, x) => mul(x, factor) };
 * const quarter = chain({ first: half, second: half });
 * const parameters = quarter.init(createKey(1));
 * Object.keys(parameters); // => ['first.factor', 'second.factor']
 * await quarter.apply(parameters, tensor1d([8])).data(); // => [2]
 */
export function chain(layers: Readonly<Record<string, Layer>>): Layer {
  const entries = Object.entries(layers);
  checkNames(Object.keys(layers));
  return {
    init: (key) => Object.assign({}, ...entries.map(([name, layer]): Parameters => prefixed(name, layer.init(key.fold(name))))),
    apply: (parameters, inputs, context) =>
      tidy(() => {
        if (entries.length === 0) return clone(inputs);
        return entries.reduce((x, [name, layer]) => layer.apply(scoped(parameters, name), x, contextOf(context, name)), inputs);
      }),
  };
}

/**
 * Adds a layer's inputs to its outputs: x + layer(x). Parameters and key are the layer's own.
 * @shape x any -> the same
 * @throws ShapeError when the layer's outputs are not of its inputs' shape, which tfjs might broadcast
 * @cost that of the layer and one sum
 * @source He et al. 2015 (arXiv 1512.03385)
 * @example
 * const half = { init: () => ({}), apply: (_, x) => mul(x, 0.5) };
 * await residual(half).apply({}, tensor1d([8])).data(); // => [12]
 */
export function residual(layer: Layer): Layer {
  return {
    init: (key) => layer.init(key),
    apply: (parameters, inputs, context) => tidy(() => add(inputs, sameShape(inputs, layer.apply(parameters, inputs, context)))),
  };
}

function sameShape(inputs: Tensor, outputs: Tensor): Tensor {
  if (inputs.shape.length === outputs.shape.length && inputs.shape.every((size, axis) => size === outputs.shape[axis])) return outputs;
  throw new ShapeError({
    caller: 'residual',
    problem: 'the outputs of the layer cannot be added to its inputs.',
    expected: `[${inputs.shape.join(', ')}], the shape of the inputs`,
    got: `[${outputs.shape.join(', ')}]`,
    remedy: 'use a layer that keeps the shape, or chain it without residual.',
  });
}

function checkNames(names: readonly string[]): void {
  const wrong = names.find((name) => name === '' || names.some((other) => name.startsWith(`${other}.`)));
  if (wrong === undefined) return;
  throw new ConfigError({
    caller: 'chain',
    problem: wrong === '' ? 'a layer has no name.' : `the parameters of the layer ${wrong} could collide with those of another.`,
    expected: 'names that are not empty, none of them the beginning of another up to a dot',
    got: names.map((name) => `'${name}'`).join(', '),
    remedy: wrong === '' ? 'name the layer.' : `rename ${wrong}, or chain it within the other.`,
  });
}
