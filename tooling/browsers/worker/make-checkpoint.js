// Writes a checkpoint where the page finds it, and what its model gives on tfjs's cpu backend.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createKey } from '@longspan/core-tensor';
import { savePretrained } from '@longspan/models';
import { bert, bertModel } from '@longspan/models/bert';
import * as tf from '@tensorflow/tfjs';

const config = bert.config({
  ...{ vocab_size: 50, hidden_size: 128, num_hidden_layers: 3, num_attention_heads: 2, intermediate_size: 512 },
  max_position_embeddings: 2048,
});
const parameters = bertModel(config).init(createKey('page'));
const ids = Array.from({ length: 30 }, (_, at) => at);
const { hidden } = bertModel(config).apply(parameters, tf.tensor2d([ids], [1, 30], 'int32'));
mkdirSync('public/checkpoint', { recursive: true });
await savePretrained({ family: bert, head: 'model', config, parameters }, 'public/checkpoint');
writeFileSync('public/checkpoint/expected.json', JSON.stringify({ ids, hidden: Array.from(await hidden.data()) }));
