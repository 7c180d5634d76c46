import { createKey, padding } from '@longspan/core-tensor';
import { memory, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { smallConfig } from '../../test/checkpoint.ts';
import { modules, sentenceFolder } from '../../test/sentence-folder.ts';
import { hostOf, ids, marks, opened, source, withWorkers } from '../../test/worker/opened-model.ts';
import { workerInThread } from '../../test/worker-in-thread.ts';
import { bert } from '../family/bert/index.ts';
import { fromPretrained } from '../pretrained/from-pretrained.ts';
import { pretrainedFiles } from '../pretrained/save-pretrained.ts';
import { modelInWorker } from './index.ts';

withWorkers();

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('a sentence encoder in a worker', () => {
  it('makes the vectors of texts that it makes without, by its pooling', async () => {
    const folder = sentenceFolder(
      source,
      { max_seq_length: 12 },
      {
        '1_Pooling/config.json': json({ pooling_mode_cls_token: true, include_prompt: true }),
        'modules.json': json(modules('Transformer', 'Pooling', 'Normalize')),
      },
    );
    const model = await opened(modelInWorker(() => workerInThread([bert]), folder));
    const own = await fromPretrained(folder);
    const { layer, parameters, pooling } = own.sentence as NonNullable<typeof own.sentence>;
    expect(model.sentence).toMatchObject({ pooling, dense: [], normalize: true, maxSeqLength: 12 });
    const { hidden } = own.model.apply(own.parameters, tensor2d([...ids], [2, 4], 'int32'), { padding: padding(marks) });
    const expected = await hostOf(layer.apply(parameters, hidden, { padding: padding(marks) }));
    await model.sentence?.apply(ids, { padding: marks });
    const before = memory().numTensors;
    expect(await model.sentence?.apply(ids, { padding: marks })).toEqual(expected);
    const controller = new AbortController();
    const stopped = model.sentence?.apply(ids, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    await model.explain(4); // the one that was stopped is over
    expect(memory().numTensors).toBe(before);
    own.dispose();
  });

  it('is none where the checkpoint is none', async () => {
    expect(await opened(modelInWorker(() => workerInThread([bert]), source))).not.toHaveProperty('sentence');
  });
});

describe('the loss of a model in a worker', () => {
  it('is that without, by labels as a list', async () => {
    const config = bert.config({ ...smallConfig, num_labels: 3 });
    const head = bert.models.sequenceClassification(config);
    const files = await pretrainedFiles({ family: bert, head: 'sequenceClassification', config, parameters: head.init(createKey(6)) });
    const model = await opened(modelInWorker(() => workerInThread([bert]), files, { head: 'sequenceClassification' }));
    const own = await fromPretrained(files, { family: bert, head: 'sequenceClassification' });
    const context = { padding: padding(marks), labels: tensor1d([2, 0], 'int32') };
    const [expected] = await own.model.loss.apply(own.parameters, tensor2d([...ids], [2, 4], 'int32'), context).data();
    expect(await model.loss(ids, { padding: marks, labels: [2, 0] })).toBe(expected);
    expect(await model.loss(ids, { padding: marks, labels: { shape: [2], values: Int32Array.of(2, 0) } })).toBe(expected);
    await expect(model.loss(ids, { labels: [0.5, 1] })).rejects.toThrow('labels');
    own.dispose();
  });

  it('needs a head that has one', async () => {
    const model = await opened(modelInWorker(() => workerInThread([bert]), source));
    await expect(model.loss(ids, {})).rejects.toThrow('loss: the model must have a head with a loss.');
  });
});
