import { defineLayer, dropout, gatherRows, type Layer, type LayerContext } from '@longspan/core-tensor';
import { add, reshape, type Tensor } from '@tensorflow/tfjs-core';

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
  /** Whether it reads `keptRows`; false by default. */
  readonly keepsRows?: boolean | undefined;
}

/** What a layer reads that may leave tokens out. */
export interface KeptContext extends LayerContext {
  /** int32 [rows]: tokens of all batch rows, one behind the other, of which alone something is to come out; all of them by default. */
  readonly keptRows?: Tensor | undefined;
}

/**
 * A pre-norm transformer layer under the names of a checkpoint: x + attention(norm x), then x + feedForward(norm x).
 * Where it keeps rows, all tokens are attended to, and what follows the attention is computed for those alone.
 * @shape x [b, n, width] -> the same, or the width of `residual`; [1, rows, width] of `keptRows`
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
  return defineLayer<KeptContext, Tensor, typeof parts>({
    name,
    parts,
    reads: config.keepsRows === true ? ['keptRows'] : [],
    check: (caller, x, context) => attention.check(caller, x, context as object as C),
    run({ parts }, x, { keptRows }) {
      const part = (of: string) => parts[of] as (typeof parts)[string];
      const kept = (of: Tensor): Tensor => (keptRows === undefined ? of : rowsOf(of, keptRows));
      const heads = kept(part(names.attention)(attentionNorm === undefined ? x : part(names.attentionNorm)(x)));
      const attended = config.attentionOutput === undefined ? heads : part(outputName)(heads);
      const own = kept(x);
      const carried = config.residual === undefined ? own : part(residualName)(own);
      // A layer that drops nothing would copy.
      const between = add(carried, rate === 0 ? attended : part('attentionDropout')(attended));
      return add(between, part(names.feedForward)(part(names.feedForwardNorm)(between)));
    },
  }) as object as Layer<C>;
}

/** [b, n, width] -> [1, rows, width] */
function rowsOf(x: Tensor, rows: Tensor): Tensor {
  const width = x.shape.at(-1) as number;
  return reshape(gatherRows(reshape(x, [-1, width]), rows), [1, -1, width]);
}
