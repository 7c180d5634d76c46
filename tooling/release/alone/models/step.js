// One family, as a page has it. `families.js` takes a step of each.
import { createKey } from '@longspan/core-tensor';
import { longformerForSequenceClassification } from '@longspan/models/longformer';
import * as tf from '@tensorflow/tfjs';
import { descended } from '../descended.js';

export async function step() {
  await tf.setBackend('cpu');
  const model = longformerForSequenceClassification({
    vocab_size: 20,
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 12,
    attention_window: 4,
    num_labels: 3,
  });
  const ids = tf.tensor2d([[0, 5, 7, 9, 4, 2]], [1, 6], 'int32');
  const labels = tf.tensor1d([2], 'int32');
  return descended((parameters) => model.loss.apply(parameters, ids, { labels }), model.init(createKey('step')));
}
