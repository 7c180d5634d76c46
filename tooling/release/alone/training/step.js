import { createKey, crossEntropy, defineLayer, linear } from '@longspan/core-tensor';
import { constantSchedule, sgd, train } from '@longspan/training';
import * as tf from '@tensorflow/tfjs';

export async function step() {
  await tf.setBackend('cpu');
  const model = defineLayer({
    name: 'classifier',
    parts: { output: linear({ inFeatures: 4, outFeatures: 3 }) },
    reads: ['labels'],
    run: ({ parts }, x, { labels }) => crossEntropy(parts.output(x), labels),
  });
  function* data() {
    for (;;) yield { x: tf.tensor2d([1, 2, 3, 4, 4, 3, 2, 1], [2, 4]), context: { labels: tf.tensor1d([0, 2], 'int32') } };
  }
  const losses = [];
  const run = train(model, data, { key: createKey('step'), steps: 2, schedule: constantSchedule(0.05), optimizer: sgd() });
  for await (const { loss } of run) losses.push(loss);
  return { before: losses[0], after: losses[1] };
}
