import type { Mask } from '@longspan/attention-sparse';
import {
  type Activation,
  type Draw,
  defineLayer,
  dropout,
  feedForward,
  type Layer,
  type LayerContext,
  layerNorm,
  linear,
  mergeHeads,
  splitHeads,
  stopGradient,
} from '@longspan/core-tensor';
import { askedAttentionRows, attentionCall, runAttention } from '@longspan/core-tensor/kernel';
import { attentionDropoutTerms, dropoutKey, requireContext } from '@longspan/core-tensor/layer';
import { add, cast, concat, sub, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';

export interface RobertaConfig {
  readonly width: number;
  readonly heads: number;
  readonly innerWidth: number;
  readonly epsilon: number;
  readonly chunkLength: number | undefined;
  readonly activation: Activation | undefined;
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  readonly draw: Draw;
  readonly blockSize: number | undefined;
}

/** Given by the layer around it. */
export interface RobertaContext extends LayerContext {
  readonly mask?: Mask | undefined;
  /** [b, 1, n, 1]: 0 for queries that weigh all keys that they attend to alike, whatever these hold, else 1; 1 for all by default. */
  readonly attentive?: Tensor | undefined;
}

/**
 * A layer of BERT or RoBERTa: post-norm, the names of Hugging Face.
 * @shape x [b, n, width] -> the same
 */
export function robertaLayer(config: RobertaConfig): Layer<RobertaContext> {
  const { width, innerWidth, epsilon, chunkLength, activation, hiddenDropout: rate, draw } = config;
  const norm = () => layerNorm({ width, epsilon });
  // Its two maps stand beside the parts, not below a name of their own.
  const feed = feedForward({
    width,
    innerWidth,
    names: { inner: 'intermediate.dense', outer: 'output.dense' },
    activation,
    draw,
    chunkLength,
  });
  return defineLayer({
    name: 'robertaLayer',
    spec: feed.spec,
    parts: {
      'attention.self': selfAttention(config),
      'attention.output.dense': linear({ inFeatures: width, outFeatures: width, draw }),
      'attention.output.LayerNorm': norm(),
      'output.LayerNorm': norm(),
      attentionDropout: dropout({ rate }),
      outputDropout: dropout({ rate }),
    },
    run({ parts, ...own }, x, context: RobertaContext) {
      const projected = parts['attention.output.dense'](parts['attention.self'](x));
      const attended = parts['attention.output.LayerNorm'](add(x, parts.attentionDropout(projected)));
      return parts['output.LayerNorm'](add(attended, parts.outputDropout(feed.run(own, attended, context))));
    },
  });
}

/** [b, n, width] -> the same, the heads side by side */
function selfAttention({ width, heads, attentionDropout, draw, blockSize }: RobertaConfig): Layer<RobertaContext> {
  const project = () => linear({ inFeatures: width, outFeatures: width, draw });
  return defineLayer({
    name: 'selfAttention',
    reads: ['mask', 'attentive'],
    attentions: [''],
    parts: { query: project(), key: project(), value: project() },
    checkContext: (caller, context) => void dropoutKey(caller, attentionDropout, context),
    run({ caller, parts, asked, tell }, x, context: RobertaContext) {
      const mask = requireContext(caller, 'mask', context.mask, 'a mask');
      const [q, k, v] = [splitHeads(parts.query(x), heads), splitHeads(parts.key(x), heads), splitHeads(parts.value(x), heads)];
      const { attentive } = context;
      const score = attentionDropoutTerms(caller, attentionDropout, context);
      const [queries, keys] = attentive === undefined ? [q, k] : indifferent(q, k, attentive);
      const call = attentionCall(caller, queries, keys, v, { mask, score, blockSize, scale: (width / heads) ** -0.5 });
      const { out, logSumExp } = runAttention(call);
      if (asked !== undefined) tell(askedAttentionRows(caller, call, { logSumExp, ...asked }));
      return mergeHeads(out);
    },
  });
}

/**
 * Queries and keys of twice the features, whose scores are 0 for the queries that weigh all keys alike and have the gradients of q · k all the
 * same: in the reference a large number drowns these scores, and what comes back through them is the softmax's.
 */
function indifferent(q: Tensor, k: Tensor, attentive: Tensor): readonly [Tensor, Tensor] {
  const [isAttentive, fixed] = [cast(attentive, 'bool'), stopGradient(q)];
  const own = where(isAttentive, q, sub(q, fixed));
  const others = where(isAttentive, zerosLike(q), fixed);
  return [concat([own, others], 3), concat([k, sub(k, stopGradient(k))], 3)];
}
