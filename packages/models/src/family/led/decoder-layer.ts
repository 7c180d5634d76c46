import { type CrossAttentionContext, causal, multiHeadAttention, type SelfAttentionContext } from '@longspan/attention-sparse';
import { type Activation, defineLayer, dropout, feedForward, type Layer, layerNorm } from '@longspan/core-tensor';
import { add, type Tensor } from '@tensorflow/tfjs-core';

export interface DecoderLayerConfig {
  readonly name: string;
  readonly width: number;
  readonly heads: number;
  readonly innerWidth: number;
  readonly activation: Activation;
  readonly attentionDropout: number;
  readonly hiddenDropout: number;
  readonly standardDeviation: number;
  readonly blockSize: number | undefined;
  /** Whether keys and values, its own and the encoder's, are state. */
  readonly cache: boolean;
}

export type DecoderContext = SelfAttentionContext & Partial<CrossAttentionContext>;

const names = { query: 'q_proj', key: 'k_proj', value: 'v_proj', output: 'out_proj' } as const;

/**
 * A post-norm layer of a decoder under BART's names: causal self-attention (`self_attn`), attention to the encoder's states
 * (`encoder_attn`), feed-forward (`fc1`, `fc2`), each with a residual sum and a norm.
 * @shape x [b, n, width] -> the same; context.encoder.hidden [b, nk, width]
 */
export function decoderLayer(config: DecoderLayerConfig): Layer<DecoderContext> {
  const { name, width, heads, innerWidth, activation, hiddenDropout, attentionDropout, blockSize } = config;
  const draw = { kind: 'normal', standardDeviation: config.standardDeviation } as const;
  const shared = { width, heads, names, draw, attentionDropout, blockSize };
  const norm = layerNorm({ width, epsilon: 1e-5 });
  const dropped = dropout({ rate: hiddenDropout });
  const feed = feedForward({ width, innerWidth, activation, draw, names: { inner: 'fc1', outer: 'fc2' } });
  // With a cache and without one the layer is of two kinds for the compiler, and of one here.
  const attention = (config.cache
    ? multiHeadAttention({ ...shared, mask: causal(), cache: true })
    : multiHeadAttention({ ...shared, mask: causal() })) as object as Layer;
  const crossAttention = (config.cache
    ? multiHeadAttention({ ...shared, cross: true, cache: true })
    : multiHeadAttention({ ...shared, cross: true })) as object as Layer;
  const parts = {
    self_attn: attention,
    self_attn_layer_norm: norm,
    encoder_attn: crossAttention,
    encoder_attn_layer_norm: norm,
    final_layer_norm: norm,
    selfDropout: dropped,
    encoderDropout: dropped,
    outputDropout: dropped,
  };
  return defineLayer({
    name,
    spec: feed.spec, // its two maps have no name in common
    parts,
    check: (caller, x, context) => attention.check(caller, x, context),
    run({ parts, parameters, state }, x) {
      const drop = (part: 'selfDropout' | 'encoderDropout' | 'outputDropout', y: Tensor): Tensor =>
        hiddenDropout === 0 ? y : parts[part](y);
      const own = parts.self_attn_layer_norm(add(x, drop('selfDropout', parts.self_attn(x))));
      const both = parts.encoder_attn_layer_norm(add(own, drop('encoderDropout', parts.encoder_attn(own))));
      const fed = feed.run({ parameters, state }, both, {});
      return parts.final_layer_norm(add(both, drop('outputDropout', fed)));
    },
  }) as object as Layer<DecoderContext>;
}
