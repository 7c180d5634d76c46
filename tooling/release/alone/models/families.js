// One step of every family: prints the losses by the name of its entry.
import { createKey, feedForward, residual } from '@longspan/core-tensor';
import { bert, bertForMaskedLanguageModel } from '@longspan/models/bert';
import { bigBirdForSequenceClassification } from '@longspan/models/bigbird';
import { distilbertForSequenceClassification } from '@longspan/models/distilbert';
import { funnelForSequenceClassification } from '@longspan/models/funnel';
import { hatForSequenceClassification } from '@longspan/models/hat';
import { hourglassForCausalLanguageModel } from '@longspan/models/hourglass';
import { languageModel } from '@longspan/models/language-model';
import { ledForConditionalGeneration } from '@longspan/models/led';
import { longformerForSequenceClassification } from '@longspan/models/longformer';
import { longT5Model } from '@longspan/models/longt5';
import { modernbertForSequenceClassification } from '@longspan/models/modernbert';
import { mpnetForSequenceClassification } from '@longspan/models/mpnet';
import { reformerForSequenceClassification } from '@longspan/models/reformer';
import { robertaForSequenceClassification } from '@longspan/models/roberta';
import { routingTransformerForLanguageModel } from '@longspan/models/routing-transformer';
import { swinForImageClassification } from '@longspan/models/swin';
import { swinv2ForImageClassification } from '@longspan/models/swinv2';
import { toLong } from '@longspan/models/to-long';
import { transformerXlForCausalLanguageModel } from '@longspan/models/transformer-xl';
import { universalSentenceEncoderModel } from '@longspan/models/universal-sentence-encoder';
import { xlmRobertaForSequenceClassification } from '@longspan/models/xlm-roberta';
import * as tf from '@tensorflow/tfjs';
import { descended } from '../descended.js';

tf.enableProdMode();
await tf.setBackend('cpu');

const vocab = { vocab_size: 20 };
const labelled = { ...vocab, num_labels: 3 };
const sizes = { hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 12 };
const images = { image_size: 8, num_channels: 1, patch_size: 2, embed_dim: 4, depths: [1, 1], num_heads: [1, 2], window_size: 2 };
const ids = tf.tensor2d([[0, 5, 7, 9, 4, 2]], [1, 6], 'int32');
const ofText = tf.tensor1d([2], 'int32');
const pixels = tf.reshape(tf.sin(tf.range(0, 64)), [1, 1, 8, 8]);
const encoderLayout = { 0: { sentence_encoder: true, document_encoder: true } };
const ledSizes = { encoder_layers: 1, decoder_layers: 1, encoder_attention_heads: 2, decoder_attention_heads: 2 };
const reformerSizes = { attn_layers: ['local', 'lsh'], axial_pos_shape: [2, 4], axial_pos_embds_dim: [2, 6], num_buckets: 2 };
const t5 = longT5Model({ ...vocab, d_model: 8, d_kv: 4, d_ff: 12, num_layers: 1, num_heads: 2, local_radius: 2 });
const sentence = universalSentenceEncoderModel({ ...vocab, ...sizes, embedding_size: 8, output_size: 8 });
const short = bertForMaskedLanguageModel({ ...vocab, ...sizes, max_position_embeddings: 8 });
const long = toLong(
  {
    family: bert,
    head: 'maskedLanguageModel',
    config: { ...vocab, ...sizes, max_position_embeddings: 8 },
    parameters: short.init(createKey(1)),
  },
  { maxPositions: 16, attentionWindow: 4 },
);

/** A model, or what gives its loss, and what it reads. */
const families = {
  bert: [short, ids, { labels: ids }],
  bigbird: [bigBirdForSequenceClassification({ ...labelled, ...sizes, block_size: 1, num_random_blocks: 0 })],
  distilbert: [distilbertForSequenceClassification({ ...labelled, dim: 8, n_layers: 1, n_heads: 2, hidden_dim: 12 })],
  funnel: [funnelForSequenceClassification({ ...labelled, block_sizes: [1, 1], d_model: 8, n_head: 2, d_head: 4, d_inner: 12 })],
  hat: [hatForSequenceClassification({ ...labelled, ...sizes, max_sentence_length: 3, encoder_layout: encoderLayout })],
  hourglass: [hourglassForCausalLanguageModel({ ...vocab, d_model: 8, d_ff: 12, n_heads: 2, hierarchy: '1@2' }), ids, { labels: ids }],
  'language-model': [
    languageModel({ vocabulary: 20, width: 8, layers: { one: residual(feedForward({ width: 8 })) } }),
    ids,
    { targets: ids },
  ],
  led: [
    ledForConditionalGeneration({ ...vocab, ...ledSizes, d_model: 8, encoder_ffn_dim: 12, decoder_ffn_dim: 12, attention_window: 4 }),
    ids,
    { labels: ids },
  ],
  longformer: [longformerForSequenceClassification({ ...labelled, ...sizes, attention_window: 4 })],
  longt5: [{ ...t5, loss: { apply: (...given) => tf.mean(tf.square(tf.sub(t5.apply(...given).hidden, 1))) } }, ids, {}],
  modernbert: [modernbertForSequenceClassification({ ...labelled, ...sizes, pad_token_id: 1 })],
  mpnet: [mpnetForSequenceClassification({ ...labelled, ...sizes })],
  reformer: [
    reformerForSequenceClassification({
      ...labelled,
      ...reformerSizes,
      hidden_size: 8,
      num_attention_heads: 2,
      attention_head_size: 4,
      feed_forward_size: 12,
      lsh_attn_chunk_length: 8,
      local_attn_chunk_length: 2,
    }),
  ],
  roberta: [robertaForSequenceClassification({ ...labelled, ...sizes })],
  'routing-transformer': [
    routingTransformerForLanguageModel({ num_tokens: 20, dim: 8, depth: 1, heads: 2, max_seq_len: 8, window_size: 4, causal: true }),
    ids,
    { labels: ids },
  ],
  swin: [swinForImageClassification({ ...images, num_labels: 3 }), pixels],
  swinv2: [swinv2ForImageClassification({ ...images, num_labels: 3 }), pixels],
  'to-long': [{ ...long.model, init: () => long.parameters }, ids, { labels: ids }],
  'transformer-xl': [
    transformerXlForCausalLanguageModel({
      ...vocab,
      cutoffs: [10],
      d_model: 8,
      d_embed: 8,
      n_head: 2,
      d_head: 4,
      d_inner: 12,
      div_val: 1,
      n_layer: 1,
      mem_len: 4,
    }),
    ids,
    { labels: ids },
  ],
  'universal-sentence-encoder': [
    { ...sentence, loss: { apply: (...given) => tf.mean(tf.square(tf.sub(sentence.apply(...given).pooled, 0.5))) } },
    ids,
    {},
  ],
  'xlm-roberta': [xlmRobertaForSequenceClassification({ ...labelled, ...sizes })],
};

const losses = {};
for (const [name, [model, x = ids, context = { labels: ofText }]] of Object.entries(families)) {
  const lossOf = (parameters) => {
    const output = model.loss.apply(parameters, x, context);
    return tf.mean('hidden' in output ? output.hidden : output);
  };
  losses[name] = await descended(lossOf, model.init(createKey('step')));
}
console.log(JSON.stringify(losses));
