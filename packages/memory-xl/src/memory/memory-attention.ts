import { applyDropout, defineLayer, type Layer, type LayerOutput, layerNorm, type StatefulResult } from '@longspan/core-tensor';
import { inNameOf, type OptionKind, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { attentionOf, dropoutKey, hiddenOf, requireRate } from '@longspan/core-tensor/layer';
import { add, type Tensor } from '@tensorflow/tfjs-core';
import { type Normalization, requireNormalization } from '../attention/normalization.ts';
import {
  type RelativeAttentionConfig,
  type RelativeAttentionContext,
  relativeAttention,
  relativeAttentionNames,
} from '../attention/relative-attention.ts';
import { extended, type MemoryStart, memoryOf, memoryStates, requireStart, zerosBefore } from './memory-state.ts';

export interface MemoryAttentionConfig extends RelativeAttentionConfig {
  /** Tokens to remember; 0 for no memory. May differ from one call's layer to the next: parameters do not depend on it. */
  readonly memoryLength: number;
  /** Where the layer norm stands; 'post' by default. */
  readonly normalization?: Normalization | undefined;
  /** Added to variances in the layer norm; 1e-5 by default. */
  readonly epsilon?: number | undefined;
  /** Rate at which the attention's features are dropped while training; 0 by default. */
  readonly hiddenDropout?: number | undefined;
  /**
   * What stands before the first segment, where the state holds no memory: nothing, or memoryLength vectors of zeros, which are attended to,
   * as in Hugging Face; 'empty' by default.
   */
  readonly memoryStart?: MemoryStart | undefined;
}

/** What segments read of their context; their memory is state. */
export type SegmentContext = Omit<RelativeAttentionContext, 'memory' | 'memoryLengths'>;

const caller = 'memoryAttention';

/**
 * `relativeAttention` with a residual sum, a layer norm, and the memory as state: what it was given for the last tokens, which the next
 * segment attends to. The state is stopGradient, so that no gradient passes from one segment to another.
 * Parameters as in Hugging Face: those of `relativeAttention`, `layer_norm.weight` and `layer_norm.bias`.
 * @shape x [b, n, width] -> hidden [b, n, width]; state.memory [b, m, width], and for each batch row `lengths.row`, how many of its last
 *   tokens in there are visible
 * @throws ConfigError when a size or a rate is not possible; apply: ShapeError, ConfigError when x, the context or the state does not fit
 * @cost that of `relativeAttention`; 4 · b · memoryLength · width bytes from one segment to the next
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.2; RelPartialLearnableMultiHeadAttn of Hugging Face transformers 4.57
 * @example
 * const layer = memoryAttention({ width: 4, heads: 2, headDim: 3, memoryLength: 6 });
 * const parameters = layer.init(createKey(0));
 * const first = layer.apply(parameters, ones([1, 5, 4]));
 * const second = layer.apply(parameters, ones([1, 5, 4]), { state: first.state });
 * [second.hidden.shape, second.state.memory.shape, second.state['lengths.0']]; // => [[1, 5, 4], [1, 6, 4], 6]
 */
export const memoryAttention = (config: MemoryAttentionConfig): Layer<SegmentContext, StatefulResult> =>
  inNameOf(caller, () => {
    requireKnown(caller, config, memoryAttentionNames);
    return layerOf(config);
  });

/** The names of its config. */
export const memoryAttentionNames: Readonly<Record<keyof MemoryAttentionConfig, true | OptionKind>> = {
  ...relativeAttentionNames,
  memoryLength: true,
  normalization: true,
  epsilon: 'amount',
  hiddenDropout: true,
  memoryStart: true,
};

/** The layer of a config that may hold names of its user's own. */
export function layerOf(config: MemoryAttentionConfig): Layer<SegmentContext, StatefulResult> {
  const { width, memoryLength, normalization = 'post', epsilon = 1e-5, hiddenDropout = 0, memoryStart = 'empty' } = config;
  requireInteger(caller, { memoryLength }, 0);
  requireRate(caller, 'hiddenDropout', hiddenDropout);
  requireNormalization(caller, normalization);
  requireStart(caller, 'memoryStart', memoryStart);
  const { heads, headDim, window, maxDistance, sharedBiases, attentionDropout, blockSize } = config;
  const attention = relativeAttention({ width, heads, headDim, window, maxDistance, sharedBiases, attentionDropout, blockSize });
  return defineLayer({
    name: caller,
    spec: attention.spec,
    parts: { layer_norm: layerNorm({ width, epsilon }) },
    reads: attention.reads.filter((name) => name !== 'memory' && name !== 'memoryLengths'),
    states: memoryStates,
    attentions: attention.attentions,
    checkContext(name, context) {
      attention.checkContext(name, context);
      dropoutKey(name, hiddenDropout, context);
    },
    check: (name, x, context) => attention.check(name, x, context),
    run({ caller, parts, ...scope }, x: Tensor, context: SegmentContext) {
      const kept = memoryOf(caller, scope.state, x) ?? (memoryStart === 'zeros' ? zerosBefore(x, memoryLength) : undefined);
      const normed = (each: Tensor): Tensor => (normalization === 'pre' ? parts.layer_norm(each) : each);
      // The memory holds what came before the norm, which is that of today's parameters, as in Hugging Face.
      const memory = kept && normed(kept.memory);
      const output: LayerOutput = attention.run(scope, normed(x), { ...context, memory, memoryLengths: kept?.lengths });
      const attended = hiddenOf(output);
      const key = dropoutKey(caller, hiddenDropout, context);
      const sum = add(x, key === undefined ? attended : applyDropout(attended, hiddenDropout, key.fold('output')));
      const hidden = normalization === 'post' ? parts.layer_norm(sum) : sum;
      return { hidden, state: extended(kept, x, memoryLength), ...attentionOf(output) };
    },
  });
}
