import { clone, type Tensor } from '@tensorflow/tfjs-core';
import { requireKind } from '../error/index.ts';
import { defineLayer } from './define-layer.ts';
import type { ContextOfAll, Layer, LayerContext, OutputOfAll, Parts } from './layer.ts';

/**
 * One layer after the other, in the order of the record; each is handed the main result of the one before. Parameters and state stand
 * under `name.rest`; each layer's key is the chain's, folded by its name. JavaScript puts names that are integers before all others:
 * do not mix the two.
 * @shape x of the first layer -> what the last layer gives; no layers at all give a copy
 * @returns a tensor, or { hidden, state } where a layer has state
 * @throws ConfigError when a name is empty, or the beginning of another up to a dot (`a` and `a.b`), whose parameters could collide
 * @cost that of its layers; what lies between them is disposed unless a gradient needs it
 * @example
 * const model = chain({ norm: layerNorm({ width: 4 }), project: linear({ inFeatures: 4, outFeatures: 2 }) });
 * Object.keys(model.spec); // => ['norm.weight', 'norm.bias', 'project.weight', 'project.bias']
 * model.apply(model.init(createKey(1)), ones([3, 4])).shape; // => [3, 2]
 */
export function chain<const Ls extends Parts>(layers: Ls): Layer<ContextOfAll<Ls>, OutputOfAll<Ls>> {
  requireKind('chain', 'layers', layers, 'record');
  const [first] = Object.values(layers) as readonly Layer<LayerContext>[];
  const made = defineLayer({
    name: 'chain',
    parts: layers as Readonly<Record<string, Layer>>,
    check: (caller, x, context) => first?.check(caller, x, context),
    run({ parts }, x) {
      const bound = Object.values(parts);
      return bound.length === 0 ? clone(x) : bound.reduce((hidden: Tensor, part) => part(hidden), x);
    },
  });
  return made as object as Layer<ContextOfAll<Ls>, OutputOfAll<Ls>>;
}
