import { type SafetensorsTensor, writeSafetensors } from '@longspan/core-tensor';
import type { NamedBytes } from '@longspan/models';
import { bert } from '@longspan/models/bert';

export const config = {
  model_type: 'bert',
  architectures: ['BertModel'],
  vocab_size: 5,
  hidden_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 6,
  max_position_embeddings: 8,
  hidden_act: 'gelu',
  id2label: { 0: 'no', 1: 'yes' },
  initializer_range: 0.02,
  pad_token_id: 0,
};

/** The weights of that model in two files, and their index. */
const tensors = Object.entries(bert.models.model(bert.config(config)).spec).map(([name, { shape }]): [string, SafetensorsTensor] => [
  name,
  { dtype: 'F32', shape, values: new Float32Array(shape.reduce((product, size) => product * size, 1)) },
]);
const shards = ['model-1.safetensors', 'model-2.safetensors'] as const;
/** A checkpoint without its config and its index. */
export const files: NamedBytes = Object.fromEntries(
  shards.map((file, half) => [file, writeSafetensors({ tensors: new Map(tensors.filter((_, at) => at % 2 === half)) })]),
);
export const index = {
  metadata: { total_size: 1000 },
  weight_map: Object.fromEntries(tensors.map(([name], at) => [name, shards[at % 2]])),
};
