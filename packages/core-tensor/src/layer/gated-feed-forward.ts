import { mul, sigmoid, slice, type Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, owned, requireKind, requireKnown, show } from '../error/index.ts';
import { checkFeatures, checkSizes } from '../tensor/features.ts';
import { isPacked, type LinearWeight } from '../weight/packed-weight.ts';
import { type Activation, activations } from './activation.ts';
import { defineLayer } from './define-layer.ts';
import { dropout, requireRate } from './dropout.ts';
import type { Layer } from './layer.ts';
import { applyLinear, linear } from './linear.ts';
import { weightOf } from './packed-parameters.ts';
import { type Draw, requireDraw, specBelow } from './spec.ts';

/** What the gate passes through: 'gelu' makes GeGLU, 'geluTanh' the gated gelu of T5 1.1, 'silu' SwiGLU. */
export type GateActivation = Activation | 'silu';

/** Three linear maps; or two, the first of which holds the gate's rows and then the inner ones (`both`: ModernBERT's Wi). */
export type GatedNames =
  | { readonly gate: string; readonly inner: string; readonly outer: string }
  | { readonly both: string; readonly outer: string };

export interface GatedFeedForwardConfig {
  readonly width: number;
  /** Features of the gate and of what it opens. */
  readonly innerWidth: number;
  /** 'gelu' by default. */
  readonly activation?: GateActivation | undefined;
  /** Whether the linear maps have biases; false by default, as in T5 and ModernBERT. */
  readonly bias?: boolean | undefined;
  /** Share of the inner features that is dropped before the outer map while training; 0 by default. */
  readonly innerDropout?: number | undefined;
  /** gate, inner and outer by default. */
  readonly names?: GatedNames | undefined;
  /** How the weights are drawn; as `linear` draws them by default. */
  readonly draw?: Draw | undefined;
}

const gateOf = (activation: GateActivation, x: Tensor): Tensor =>
  activation === 'silu' ? mul(x, sigmoid(x)) : activations[activation].apply(x);

/**
 * A gated feed-forward layer: outer(activation(gate(x)) · inner(x)).
 * @shape x [..., width] -> [..., width]
 * @throws ConfigError when a size is not an integer of at least 1, or the activation is unknown
 * @cost O(rows · width · innerWidth) time, forward 3 products; temporaries of 4 · rows · innerWidth numbers
 * @source Shazeer 2020 (arXiv 2002.05202) eq. 6
 * @example
 * Object.keys(gatedFeedForward({ width: 2, innerWidth: 3 }).spec); // => ['gate.weight', 'inner.weight', 'outer.weight']
 * const both = gatedFeedForward({ width: 2, innerWidth: 3, names: { both: 'Wi', outer: 'Wo' } });
 * both.spec['Wi.weight'].shape; // => [6, 2]
 */
export function gatedFeedForward(config: GatedFeedForwardConfig): Layer {
  requireKnown('gatedFeedForward', config, {
    width: true,
    innerWidth: true,
    activation: true,
    bias: 'flag',
    innerDropout: true,
    names: 'record',
    draw: 'record',
  });
  const { width, innerWidth, activation = 'gelu', bias = false, innerDropout = 0, draw } = config;
  const names: GatedNames = owned(config.names) ?? { gate: 'gate', inner: 'inner', outer: 'outer' };
  checkSizes('gatedFeedForward', { width, innerWidth });
  checkActivation(activation);
  requireDraw('gatedFeedForward', draw);
  requireRate('gatedFeedForward', 'innerDropout', innerDropout);
  requireKnown('gatedFeedForward names', names, 'both' in names ? ['both', 'outer'] : ['gate', 'inner', 'outer']);
  for (const [name, each] of Object.entries(names)) requireKind('gatedFeedForward', `names.${name}`, each, 'text');
  const widen = (outFeatures: number) => linear({ inFeatures: width, outFeatures, bias, draw }).spec;
  return defineLayer({
    name: 'gatedFeedForward',
    spec: {
      ...('both' in names
        ? specBelow(names.both, widen(2 * innerWidth))
        : { ...specBelow(names.gate, widen(innerWidth)), ...specBelow(names.inner, widen(innerWidth)) }),
      ...specBelow(names.outer, linear({ inFeatures: innerWidth, outFeatures: width, bias, draw }).spec),
    },
    parts: { innerDropout: dropout({ rate: innerDropout }) },
    check: (caller, x) => checkFeatures(caller, 'x', x, width, 'width'),
    run({ caller, parameters, parts }, x) {
      checkFeatures(caller, 'x', x, width, 'width');
      const map = (input: Tensor, name: string, shape: readonly [number, number]): Tensor =>
        applyLinear(input, weightOf(parameters, `${name}.weight`, shape), parameters.find(`${name}.bias`));
      const [gate, inner] =
        'both' in names
          ? halvesOf(x, weightOf(parameters, `${names.both}.weight`, [2 * innerWidth, width]), parameters.find(`${names.both}.bias`))
          : [map(x, names.gate, [innerWidth, width]), map(x, names.inner, [innerWidth, width])];
      const opened = mul(gateOf(activation, gate), inner);
      // A layer that drops nothing would copy.
      return map(innerDropout === 0 ? opened : parts.innerDropout(opened), names.outer, [width, innerWidth]);
    },
  });
}

/** The two halves of the output channels of one linear map: the gate's and the inner ones. */
function halvesOf(x: Tensor, weight: LinearWeight, bias: Tensor | undefined): readonly [gate: Tensor, inner: Tensor] {
  const [out, width] = weight.shape as readonly [number, number];
  const innerWidth = out / 2;
  if (isPacked(weight)) {
    // One product of both: on webgpu tfjs's slice would take the words of the weight for float32.
    const both = applyLinear(x, weight, bias);
    const featuresFrom = (start: number): Tensor =>
      slice(both, [...x.shape.slice(1).map(() => 0), start], [...x.shape.slice(0, -1), innerWidth]);
    return [featuresFrom(0), featuresFrom(innerWidth)];
  }
  // A product for each, not one that is cut along the features: on wasm a slice copies its whole input first.
  const channelsFrom = (start: number): Tensor =>
    applyLinear(x, slice(weight, [start, 0], [innerWidth, width]), bias && slice(bias, [start], [innerWidth]));
  return [channelsFrom(0), channelsFrom(innerWidth)];
}

function checkActivation(activation: GateActivation): void {
  const known = [...Object.keys(activations), 'silu'];
  if (known.includes(activation)) return;
  throw new ConfigError({
    caller: 'gatedFeedForward',
    problem: `activation must be one of ${known.join(', ')}.`,
    expected: known.map((name) => `'${name}'`).join(', '),
    got: show(activation),
    remedy: "use 'silu' for SwiGLU, 'gelu' for GeGLU, 'geluTanh' for T5's gated-gelu.",
  });
}
