import {
  applyLinear,
  defineLayer,
  type Layer,
  type LayerContext,
  type LayerOutput,
  type PackedWeight,
  type Parameters,
  type Spec,
  stopGradient,
} from '@longspan/core-tensor';
import { requireInteger, requireKind, requireKnown, stamped } from '@longspan/core-tensor/error';
import { widened } from '@longspan/core-tensor/kernel';
import { checkParameters, fanInDraw, lens, parameterNames, weightOf, weightSpec } from '@longspan/core-tensor/layer';
import { add, clone, eye, getBackend, matMul, mul, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Selection } from '../optimizer/selection.ts';
import { targetsOf } from './targets.ts';

export interface LoraOptions {
  /** Of the change that is learnt, a matrix; 8 by default. */
  readonly rank?: number | undefined;
  /** The change is scaled by alpha / rank, so that another rank needs no other learning rate; 16 by default. */
  readonly alpha?: number | undefined;
  /** The weights [out, in] that are adapted, `named('*.query.weight')` say; those of all linear maps by default. */
  readonly targets?: Selection | undefined;
}

/** A layer whose parameters are the adapters alone: what is trained, checkpointed and handed on. */
export interface LoraLayer<C extends LayerContext, Out extends LayerOutput> extends Layer<C, Out> {
  /** The names of the weights that are adapted. */
  readonly targets: readonly string[];
  /**
   * The parameters of the layer itself, with the change added to its weights, for `saveParameters` and for running without adapters. Targets that
   * were packed are float32 then.
   * @returns new tensors, which belong to the caller; those that are not adapted share their numbers with the base
   */
  merged(adapters: Parameters): Parameters;
}

/**
 * Low-rank adaptation of any layer or model: its parameters stay as they are, and to each target weight W a change alpha / rank · B A is
 * learnt, A [rank, in] and B [out, rank], which is 0 at first. The result is a layer like the one it adapts, with the same context and state,
 * whose own parameters are the adapters: `init` makes them, an optimiser gets them, and no gradient reaches the base. Of the base, weights of
 * linear maps may be packed (`packParameters`).
 *
 * Names are those of Hugging Face's peft below `base_model.model.`: of `query.weight` they are `query.lora_A.weight` and `query.lora_B.weight`.
 * @param layer what is adapted
 * @param base its parameters, which stay the caller's and must outlive the result
 * @throws ConfigError when a parameter of the base is missing, a size is not possible, or a target is no weight [out, in] of the layer
 * @shape base, adapters: records of tensors, as the spec of each layer says
 * @cost that of the layer, and O(rank · out · in) time and a weight [out, in] in float32 for each target while it runs
 * @source Hu et al. 2021 (arXiv 2106.09685) §4.1; names, draws and scale as in peft
 * @example
 * const layer = linear({ inFeatures: 3, outFeatures: 2 });
 * const base = layer.init(createKey(0));
 * const adapted = lora(layer, base, { rank: 1, alpha: 2, targets: named('weight') });
 * Object.keys(adapted.spec); // => ['lora_A.weight', 'lora_B.weight']
 * const adapters = { 'lora_A.weight': tensor2d([[1, 0, 0]]), 'lora_B.weight': tensor2d([[0], [3]]) };
 * const changed = await sub(adapted.merged(adapters).weight, base.weight).data();
 * [...changed].map(Math.round); // => [0, 0, 0, 6, 0, 0]
 */
export function lora<C extends LayerContext, Out extends LayerOutput>(
  layer: Layer<C, Out>,
  base: Parameters,
  options: LoraOptions = {},
): LoraLayer<C, Out> {
  const caller = 'lora';
  requireKind(caller, 'layer', layer, 'layer');
  checkParameters(caller, layer.spec, base);
  requireKnown(caller, options, { rank: true, alpha: 'positive', targets: true });
  const { rank = 8, alpha = 16 } = options;
  requireInteger(caller, { rank }, 1, { atMost: 2 ** 16 });
  const targets = targetsOf(caller, layer.spec, options.targets);
  const scale = alpha / rank;
  const spec: Spec = Object.assign({}, ...targets.map((name) => adapterSpec(name, layer.spec[name]?.shape as Shape, rank)));

  /** A target's weight with its change; of the base no gradient is wanted. */
  const adaptedWeight = (name: string, adapters: { get(name: string): Tensor }): Tensor => {
    const { down, up } = adapterNames(name);
    const weight = weightOf(lens(caller, 'parameter', base), name, layer.spec[name]?.shape as Shape);
    const own = 'numbers' in weight ? inFloats(weight) : weight;
    return add(stopGradient(own), mul(matMul(adapters.get(up), adapters.get(down)), scale));
  };
  const isAdapted = new Set(targets);
  const read = parameterNames(layer.spec, { find: (name) => base[name] });
  const untouched = read.filter((name) => !isAdapted.has(name) && !isAdapted.has(name.replace(/_scale$/, '')));
  const whole = (adapters: { get(name: string): Tensor }, same: (tensor: Tensor) => Tensor): Parameters => ({
    ...Object.fromEntries(untouched.map((name) => [name, same(base[name] as Tensor)])),
    ...Object.fromEntries(targets.map((name) => [name, adaptedWeight(name, adapters)])),
  });

  const adapted = defineLayer<C, Out>({
    name: caller,
    spec,
    reads: layer.reads,
    states: layer.states,
    replays: layer.replays,
    attentions: layer.attentions,
    check(by, x, context) {
      checkParameters(by, layer.spec, base);
      layer.check(by, x, context as C);
    },
    checkContext: (by, context) => layer.checkContext(by, context as C),
    run: (own, x, context) =>
      layer.run({ parameters: lens(own.caller, 'parameter', whole(own.parameters, stopGradient)), state: own.state }, x, context),
  }) as object as Layer<C, Out>;
  return stamped({
    ...adapted,
    targets,
    merged(adapters: Parameters) {
      checkParameters('lora.merged', spec, adapters);
      checkParameters('lora.merged', layer.spec, base);
      return tidy(() => whole(lens('lora.merged', 'parameter', adapters), clone));
    },
  });
}

type Shape = readonly [out: number, width: number];

/** What the two matrices of a target are called. */
function adapterNames(target: string): { readonly down: string; readonly up: string } {
  const path = target.replace(/(^|[.])weight$/, '');
  const start = path === '' ? '' : `${path}.`;
  return { down: `${start}lora_A.weight`, up: `${start}lora_B.weight` };
}

function adapterSpec(target: string, [out, width]: Shape, rank: number): Spec {
  const { down, up } = adapterNames(target);
  return { [down]: weightSpec([rank, width], fanInDraw), [up]: weightSpec([out, rank], { kind: 'zeros' }) };
}

/**
 * A packed weight in float32, on the device. On webgpu, where operations read int32 as float32, it is the product with the rows of one, by
 * the kernel that reads the weight; there an infinite weight leaves NaN in its row.
 */
const inFloats = (weight: PackedWeight): Tensor =>
  tidy(() => (getBackend() === 'webgpu' ? transpose(applyLinear(eye(weight.shape[1]), weight)) : widened(weight)));
