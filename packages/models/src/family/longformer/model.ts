import { longformerAttention, type LongformerContext as WindowContext } from '@longspan/attention-sparse';
import type { Layer } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../../config/read-config.ts';
import type { EmbeddingsContext } from '../../encoder/embeddings.ts';
import type { EncoderContext, EncoderOutput } from '../../encoder/encoder-model.ts';
import { postNormEncoder } from '../../encoder/post-norm-encoder.ts';
import { type ModelOptions, modelOptionNames } from '../../pretrained/family.ts';
import { type LongformerConfig, longformerConfig, windowsOf } from './config.ts';

export type LongformerContext = EmbeddingsContext & WindowContext & EncoderContext;

export interface LongformerOptions extends ModelOptions {
  /** Whether the model has a pooler; true by default. */
  readonly pooler?: boolean | undefined;
}

/**
 * Longformer: RoBERTa's embeddings, and layers in which a token attends to its window and to the global tokens, and global tokens to all.
 * No token is global unless `globals` says so. Any length: nothing is filled up to a multiple of the window.
 * Parameters as in Hugging Face's LongformerModel. Context: `padding`, `globals`, `tokenTypes`, `positions`, `hiddenStates`.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize], pooled [b, hiddenSize]
 * @throws ConfigError when heads do not divide hiddenSize; apply: ConfigError for a text longer than the table of positions
 * @cost O(n · (attentionWindow + globals) · hiddenSize) time a layer for the attention, and O(n · hiddenSize · (4 · hiddenSize + 2 · intermediateSize))
 * @source Beltagy et al. 2020 (arXiv 2004.05150); LongformerModel of Hugging Face transformers 4.57
 * @example
 * const sizes = { vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16, attentionWindow: 2 };
 * const model = longformerModel(sizes);
 * const { hidden } = model.apply(model.init(createKey(0)), tensor2d([[0, 3, 4, 5, 2]], [1, 5], 'int32'), { globals: [0] });
 * hidden.shape; // => [1, 5, 8]
 */
export const longformerModel = (
  config: ConfigJson | Partial<LongformerConfig>,
  options: LongformerOptions = {},
): Layer<LongformerContext, EncoderOutput> =>
  inNameOf('longformerModel', () => modelOf('longformerModel', longformerConfig(config), options));

/** The body of a model with a head, whom errors name. */
export function modelOf(name: string, config: LongformerConfig, options: LongformerOptions): Layer<LongformerContext, EncoderOutput> {
  requireKnown(name, options, { ...modelOptionNames, pooler: 'flag' });
  const { pooler = true, blockSize } = options;
  const windows = windowsOf(config);
  return postNormEncoder(
    config,
    {
      name,
      attention(layer) {
        const side = (windows[layer] as number) / 2;
        return longformerAttention({
          width: config.hiddenSize,
          heads: config.numAttentionHeads,
          window: { left: side, right: side },
          attentionDropout: config.attentionProbsDropoutProb,
          blockSize,
          draw: { kind: 'normal', standardDeviation: config.initializerRange },
        });
      },
      positionsOver: 'tokens',
      pooler,
    },
    options,
  );
}
