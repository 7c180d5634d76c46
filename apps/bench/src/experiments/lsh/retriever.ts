import { type ReformerAttentionConfig, reformerAttention } from '@longspan/attention-lsh';
import {
  chain,
  contextOf,
  embedding,
  feedForward,
  type Layer,
  type LayerContext,
  layerNorm,
  learnedPositions,
  linear,
  type Parameters,
  prefixed,
  scoped,
} from '@longspan/core-tensor';
import { add, type Tensor, tidy } from '@tensorflow/tfjs-core';

export interface RetrieverSize {
  readonly symbols: number;
  readonly length: number;
  readonly width: number;
  readonly heads: number;
}

/** How the one layer of attention looks: at all tokens, or at those that hash alike. */
export type Look = { readonly kind: 'full' } | { readonly kind: 'lsh'; readonly rounds: number; readonly chunkLength: number };

/**
 * The paper's one-layer model: symbols and learned positions, shared query-key attention, a feed-forward layer as wide as the model.
 * Parameters do not depend on how it looks, so what was trained one way can be evaluated another.
 */
export interface Retriever {
  init: Layer['init'];
  /** [b, n, symbols] from ids int32 [b, n]. */
  logits(parameters: Parameters, ids: Tensor, look: Look, context?: LayerContext): Tensor;
  /** What the attention is applied to, [b, n, width]. */
  attended(parameters: Parameters, ids: Tensor): Tensor;
}

export function retriever({ symbols, length, width, heads }: RetrieverSize): Retriever {
  const before = chain({
    symbols: embedding({ size: symbols, width, standardDeviation: 0.5 }),
    positions: learnedPositions({ length, width, standardDeviation: 0.5 }),
  });
  const norm = layerNorm({ size: width });
  const output = linear({ inFeatures: width, outFeatures: width });
  const after = chain({
    feedForward: residualOf(
      chain({ norm: layerNorm({ size: width }), inner: feedForward({ width, innerWidth: width, activation: 'relu' }) }),
    ),
    norm: layerNorm({ size: width }),
    logits: linear({ inFeatures: width, outFeatures: symbols }),
  });
  const attention = (look: Look) => reformerAttention({ width, heads, causal: true, ...optionsOf(look, length) });
  const parts = { before, norm, attention: attention({ kind: 'full' }), output, after };
  return {
    init: (key) => Object.assign({}, ...Object.entries(parts).map(([name, part]) => prefixed(name, (part as Layer).init(key.fold(name))))),
    logits: (parameters, ids, look, context) =>
      tidy(() => {
        const x = before.apply(scoped(parameters, 'before'), ids);
        const normed = norm.apply(scoped(parameters, 'norm'), x);
        const { hidden } = attention(look).apply(scoped(parameters, 'attention'), { hidden: normed }, contextOf(context, 'attention'));
        return after.apply(scoped(parameters, 'after'), add(x, output.apply(scoped(parameters, 'output'), hidden)));
      }),
    attended: (parameters, ids) => tidy(() => norm.apply(scoped(parameters, 'norm'), before.apply(scoped(parameters, 'before'), ids))),
  };
}

const residualOf = (layer: Layer): Layer => ({
  init: layer.init,
  apply: (parameters, x, context) => tidy(() => add(x, layer.apply(parameters, x, context))),
});

/** One chunk of all tokens is not hashed: shared query-key attention to everything before. */
const optionsOf = (look: Look, length: number): Pick<ReformerAttentionConfig, 'chunkLength' | 'rounds'> =>
  look.kind === 'full' ? { chunkLength: length } : { chunkLength: look.chunkLength, rounds: look.rounds };
