import type { Layer, Parameters } from '@longspan/core-tensor';
import type { ConfigJson } from '../config/read-config.ts';
import type { PoolingConfig } from '../pooling/pooling-config.ts';
import type { DenseConfig, SentenceContext } from '../pooling/sentence-layer.ts';

/** How the texts of a repository of sentence-transformers become vectors. */
export interface Sentence {
  readonly pooling: PoolingConfig;
  /** Linear maps of the pooled vector, one after the other. */
  readonly dense: readonly DenseConfig[];
  /** Whether vectors are brought to length 1 in the end. */
  readonly normalize: boolean;
  /**
   * Tokens after which sentence-transformers cuts a text (max_seq_length of sentence_bert_config.json, or model_max_length of
   * tokenizer_config.json). Nothing is cut here.
   */
  readonly maxSeqLength?: number | undefined;
  /** Tokens after which tokenizer.json cuts a text, which may be fewer. Nothing is cut here. */
  readonly truncation?: number | undefined;
  /** Makes vectors [b, features] of the model's tokens [b, n, width]. */
  readonly layer: Layer<SentenceContext>;
  /** Of `layer`: the linear maps'; none where there are none. */
  readonly parameters: Parameters;
  /** Files that are written back as they came: sentence_bert_config.json, config_sentence_transformers.json. */
  readonly files: Readonly<Record<string, ConfigJson>>;
}
