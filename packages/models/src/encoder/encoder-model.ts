import { defineLayer, type Layer, type LayerContext, type LayerResult, linear } from '@longspan/core-tensor';
import { requireKind } from '@longspan/core-tensor/error';
import { reshape, slice, type Tensor, tanh } from '@tensorflow/tfjs-core';

/** What an encoder gives. All tensors belong to the caller. */
export interface EncoderOutput extends LayerResult {
  /** [b, n, width]: the last layer's. */
  readonly hidden: Tensor;
  /** [b, width]: the first token through a linear map and tanh, where the model has a pooler. */
  readonly pooled?: Tensor;
  /** The embeddings and what each layer gave, the last one's apart from `hidden`; where context.hiddenStates asks for them. */
  readonly hiddenStates?: readonly Tensor[];
}

export interface EncoderContext extends LayerContext {
  /** Whether the output holds the hidden states of all layers; false by default. */
  readonly hiddenStates?: boolean | undefined;
}

export interface EncoderModelConfig {
  readonly name: string;
  readonly width: number;
  /** Under `embeddings`. */
  readonly embeddings: Layer<never>;
  /** Under the names of `layerNames`. */
  readonly layers: readonly Layer<never>[];
  /** encoder.layer.0, … by default. */
  readonly layerName?: ((at: number) => string) | undefined;
  /** Whether there is `pooler.dense`. */
  readonly pooler: boolean;
  readonly standardDeviation: number;
}

/**
 * An encoder of embeddings and layers, one after the other.
 * @shape ids int32 [b, n] -> hidden [b, n, width], pooled [b, width]
 */
export function encoderModel<C extends LayerContext>(config: EncoderModelConfig): Layer<C & EncoderContext, EncoderOutput> {
  const { name, width, layers, layerName = (at) => `encoder.layer.${at}`, pooler } = config;
  const draw = { kind: 'normal', standardDeviation: config.standardDeviation } as const;
  const parts: Readonly<Record<string, Layer>> = {
    embeddings: config.embeddings as object as Layer,
    ...Object.fromEntries(layers.map((layer, at) => [layerName(at), layer as object as Layer])),
    ...(pooler ? { 'pooler.dense': linear({ inFeatures: width, outFeatures: width, draw }) } : {}),
  };
  return defineLayer<EncoderContext, EncoderOutput, typeof parts>({
    name,
    parts,
    reads: ['hiddenStates'],
    checkContext(caller, { hiddenStates }) {
      if (hiddenStates !== undefined) requireKind(caller, 'context.hiddenStates', hiddenStates, 'flag');
    },
    check: (caller, ids, context) => config.embeddings.check(caller, ids, context as never),
    run({ parts }, ids, context) {
      const part = (of: string) => parts[of] as (typeof parts)[string];
      const states = [part('embeddings')(ids)];
      for (const at of layers.keys()) states.push(part(layerName(at))(states.at(-1) as Tensor));
      const hidden = states.at(-1) as Tensor;
      return {
        hidden,
        ...(pooler ? { pooled: tanh(part('pooler.dense')(firstToken(hidden))) } : {}),
        ...(context.hiddenStates ? { hiddenStates: states.map((state) => (state === hidden ? state.clone() : state)) } : {}),
      };
    },
  }) as object as Layer<C & EncoderContext, EncoderOutput>;
}

/** [b, n, width] -> [b, width] */
export function firstToken(hidden: Tensor): Tensor {
  const [batch, , width] = hidden.shape as [number, number, number];
  return reshape(slice(hidden, [0, 0, 0], [batch, 1, width]), [batch, width]);
}
