import { defineLayer, dropout, type Layer, type LayerContext, type LayerResult, type Lens, layerNorm } from '@longspan/core-tensor';
import { weightSpec } from '@longspan/core-tensor/layer';
import { add, expandDims, slice, type Tensor } from '@tensorflow/tfjs-core';
import { requirePositions } from '../../encoder/require-positions.ts';

export interface StackConfig {
  /** Whom errors name. */
  readonly name: string;
  readonly width: number;
  /** Rows of the table of positions. */
  readonly positions: number;
  readonly hiddenDropout: number;
  readonly standardDeviation: number;
  /** Under layers.0, … */
  readonly layers: readonly Layer<never>[];
  /** The position of the first token, by what the layers keep of those before it; 0 by default. */
  readonly first?: ((state: Lens<Tensor | number>) => number) | undefined;
}

export interface StackContext extends LayerContext {
  /** Whether the output holds the hidden states of all layers; false by default. */
  readonly hiddenStates?: boolean | undefined;
}

export interface StackOutput extends LayerResult {
  /** [b, n, width]: the last layer's. */
  readonly hidden: Tensor;
  /** The embeddings and what each layer gave, the last one's apart from `hidden`; where context.hiddenStates asks for them. */
  readonly hiddenStates?: readonly Tensor[];
}

/**
 * One of LED's two sides: embedded words with learned positions, which count from 0 over padding too, a norm, and layers. Parameters
 * `embed_positions.weight`, `layernorm_embedding.weight`, `layernorm_embedding.bias`, `layers.0.…`.
 * @shape words [b, n, width] -> hidden [b, n, width]
 */
export function stack<C extends LayerContext>(config: StackConfig): Layer<C & StackContext, StackOutput> {
  const { name, width, positions, hiddenDropout, layers, first = () => 0 } = config;
  const layerName = (at: number): string => `layers.${at}`;
  const parts: Readonly<Record<string, Layer>> = {
    layernorm_embedding: layerNorm({ width, epsilon: 1e-5 }),
    dropout: dropout({ rate: hiddenDropout }),
    ...Object.fromEntries(layers.map((layer, at) => [layerName(at), layer as object as Layer])),
  };
  return defineLayer<StackContext, StackOutput, typeof parts>({
    name,
    spec: { 'embed_positions.weight': weightSpec([positions, width], { kind: 'normal', standardDeviation: config.standardDeviation }) },
    parts,
    reads: ['hiddenStates'],
    check: (caller, words) => requirePositions(caller, words.shape.at(-2) as number, positions),
    run({ caller, parts, parameters, state }, words, context) {
      const part = (of: string) => parts[of] as (typeof parts)[string];
      const length = words.shape.at(-2) as number;
      const from = first(state);
      requirePositions(caller, from + length, positions);
      const placed = expandDims(slice(parameters.get('embed_positions.weight'), [from, 0], [length, width]), 0);
      const states = [part('dropout')(part('layernorm_embedding')(add(words, placed)))];
      for (const at of layers.keys()) states.push(part(layerName(at))(states.at(-1) as Tensor));
      const hidden = states.at(-1) as Tensor;
      const all = context.hiddenStates ? { hiddenStates: states.map((each) => (each === hidden ? each.clone() : each)) } : {};
      return { hidden, ...all };
    },
  }) as object as Layer<C & StackContext, StackOutput>;
}
