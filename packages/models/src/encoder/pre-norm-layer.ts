import { defineLayer, dropout, type Layer, type LayerContext } from '@longspan/core-tensor';
import { add } from '@tensorflow/tfjs-core';

/** What the parts of a layer are called in the checkpoint. */
export interface PreNormLayerNames {
  readonly attentionNorm: string;
  readonly attention: string;
  readonly feedForwardNorm: string;
  readonly feedForward: string;
}

export interface PreNormLayerConfig<C extends LayerContext> {
  readonly name: string;
  /** Heads brought back to width. */
  readonly attention: Layer<C>;
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
 * @shape x [b, n, width] -> the same
 */
export function preNormLayer<C extends LayerContext>(config: PreNormLayerConfig<C>): Layer<C> {
  const { name, attention, feedForward, attentionNorm, feedForwardNorm, names, attentionDropout: rate } = config;
  const parts: Readonly<Record<string, Layer>> = {
    ...(attentionNorm === undefined ? {} : { [names.attentionNorm]: attentionNorm }),
    [names.attention]: attention as object as Layer,
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
      const attended = part(names.attention)(attentionNorm === undefined ? x : part(names.attentionNorm)(x));
      // A layer that drops nothing would copy.
      const between = add(x, rate === 0 ? attended : part('attentionDropout')(attended));
      return add(between, part(names.feedForward)(part(names.feedForwardNorm)(between)));
    },
  }) as object as Layer<C>;
}
