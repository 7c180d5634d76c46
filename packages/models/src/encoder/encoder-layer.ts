import {
  type Activation,
  defineLayer,
  dropout,
  feedForward,
  type Layer,
  type LayerContext,
  layerNorm,
  linear,
} from '@longspan/core-tensor';
import { add, tidy } from '@tensorflow/tfjs-core';

/** What the parts of a layer are called in the checkpoint. */
export interface EncoderLayerNames {
  readonly attention: string;
  /** The linear map after the attention; undefined where it is part of the attention. */
  readonly attentionOutput: string | undefined;
  readonly attentionNorm: string;
  readonly inner: string;
  readonly outer: string;
  readonly norm: string;
}

/** BERT's, RoBERTa's, Longformer's, BigBird's. */
export const bertLayerNames: EncoderLayerNames = {
  attention: 'attention.self',
  attentionOutput: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  inner: 'intermediate.dense',
  outer: 'output.dense',
  norm: 'output.LayerNorm',
};

export interface EncoderLayerConfig<C extends LayerContext> {
  readonly name: string;
  readonly width: number;
  readonly innerWidth: number;
  readonly activation: Activation;
  /** Heads side by side, [b, n, width], before or after their output projection: see the names. */
  readonly attention: Layer<C>;
  readonly names: EncoderLayerNames;
  readonly epsilon: number;
  readonly hiddenDropout: number;
  readonly standardDeviation: number;
  readonly chunkLength: number | undefined;
}

/**
 * A post-norm transformer layer under the names of a checkpoint: attention, residual sum, norm; feed-forward, residual sum, norm.
 * @shape x [b, n, width] -> the same
 */
export function encoderLayer<C extends LayerContext>(config: EncoderLayerConfig<C>): Layer<C> {
  const { name, width, innerWidth, activation, attention, names, epsilon, hiddenDropout, chunkLength } = config;
  const draw = { kind: 'normal', standardDeviation: config.standardDeviation } as const;
  const feed = feedForward({ width, innerWidth, activation, chunkLength, draw, names: { inner: names.inner, outer: names.outer } });
  const parts: Readonly<Record<string, Layer>> = {
    [names.attention]: attention as object as Layer,
    ...(names.attentionOutput === undefined ? {} : { [names.attentionOutput]: linear({ inFeatures: width, outFeatures: width, draw }) }),
    [names.attentionNorm]: layerNorm({ width, epsilon }),
    [names.norm]: layerNorm({ width, epsilon }),
    attentionDropout: dropout({ rate: hiddenDropout }),
    outputDropout: dropout({ rate: hiddenDropout }),
  };
  return defineLayer({
    name,
    spec: feed.spec, // its two maps have no name in common
    parts,
    check: (caller, x, context) => attention.check(caller, x, context as C),
    run({ parts, parameters, state }, x) {
      const part = (of: string) => parts[of] as (typeof parts)[string];
      const dropped = (of: string, y: typeof x) => (hiddenDropout === 0 ? y : part(of)(y));
      const attended = part(names.attention)(x);
      // Of a long text each tensor of all tokens is much: what leads from one to the next does not wait for the layer's end.
      const between = tidy(() => {
        const projected = names.attentionOutput === undefined ? attended : part(names.attentionOutput)(attended);
        return part(names.attentionNorm)(add(x, dropped('attentionDropout', projected)));
      });
      return part(names.norm)(add(between, dropped('outputDropout', feed.run({ parameters, state }, between, {}))));
    },
  }) as object as Layer<C>;
}
