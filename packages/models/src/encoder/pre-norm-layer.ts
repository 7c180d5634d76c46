import { defineLayer, dropout, type Layer, type LayerContext } from '@longspan/core-tensor';
import { add } from '@tensorflow/tfjs-core';

/** What the parts of a layer are called in the checkpoint. */
export interface PreNormLayerNames {
  readonly attentionNorm: string;
  readonly attention: string;
  /** Of the layers that some families have besides; 'attentionOutput' and 'residual' by default. */
  readonly attentionOutput?: string | undefined;
  readonly residual?: string | undefined;
  readonly feedForwardNorm: string;
  readonly feedForward: string;
}

export interface PreNormLayerConfig<C extends LayerContext> {
  readonly name: string;
  /** Heads brought back to width, or side by side where there is an `attentionOutput`. */
  readonly attention: Layer<C>;
  /** A linear map after the attention, where it is no part of it. */
  readonly attentionOutput?: Layer | undefined;
  /** What x passes on its way to the residual sum, where the layer gives another width than it takes. */
  readonly residual?: Layer | undefined;
  readonly feedForward: Layer;
  /** Undefined where the attention reads x as it is. */
  readonly attentionNorm: Layer | undefined;
  readonly feedForwardNorm: Layer;
  readonly names: PreNormLayerNames;
  /** Share of the attention's features that is dropped before the residual sum while training. */
  readonly attentionDropout: number;
}

/**
 * A pre-norm transformer layer under the names of a checkpoint: x + attention(norm x), then x + feedForward(norm x).
 * @shape x [b, n, width] -> the same, or the width of `residual`
 */
export function preNormLayer<C extends LayerContext>(config: PreNormLayerConfig<C>): Layer<C> {
  const { name, attention, feedForward, attentionNorm, feedForwardNorm, names, attentionDropout: rate } = config;
  const { attentionOutput: outputName = 'attentionOutput', residual: residualName = 'residual' } = names;
  const parts: Readonly<Record<string, Layer>> = {
    ...(attentionNorm === undefined ? {} : { [names.attentionNorm]: attentionNorm }),
    [names.attention]: attention as object as Layer,
    ...(config.attentionOutput === undefined ? {} : { [outputName]: config.attentionOutput }),
    ...(config.residual === undefined ? {} : { [residualName]: config.residual }),
    [names.feedForwardNorm]: feedForwardNorm,
    [names.feedForward]: feedForward,
    attentionDropout: dropout({ rate }),
  };
  return defineLayer({
    name,
    parts,
    check: (caller, x, context) => attention.check(caller, x, context as C),
    run({ parts }, x) {
      const part = (of: string) => parts[of] as (typeof parts)[string];
      const heads = part(names.attention)(attentionNorm === undefined ? x : part(names.attentionNorm)(x));
      const attended = config.attentionOutput === undefined ? heads : part(outputName)(heads);
      const carried = config.residual === undefined ? x : part(residualName)(x);
      // A layer that drops nothing would copy.
      const between = add(carried, rate === 0 ? attended : part('attentionDropout')(attended));
      return add(between, part(names.feedForward)(part(names.feedForwardNorm)(between)));
    },
  }) as object as Layer<C>;
}
