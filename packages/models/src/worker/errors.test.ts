import { ConfigError, ExplainedError } from '@longspan/core-tensor/error';
import { tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { json, smallConfig } from '../../test/checkpoint.ts';
import { ids, opened, source, withWorkers } from '../../test/worker/opened-model.ts';
import { workerInThread } from '../../test/worker-in-thread.ts';
import { bert } from '../family/bert/index.ts';
import { modernbert } from '../family/modernbert/index.ts';
import { fromPretrained } from '../pretrained/from-pretrained.ts';
import { modelInWorker, serveModels, WorkerError } from './index.ts';

withWorkers();

describe('errors of a worker', () => {
  it('are of our classes, with their names, messages and parts', async () => {
    const model = await opened(modelInWorker(() => workerInThread([bert]), source));
    const own = await fromPretrained(source);
    const message = (run: () => unknown): string => {
      try {
        run();
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    const long = [Array.from({ length: 17 }, () => 1)];
    const found = await model.apply(long).catch((error: unknown) => error);
    expect(found).toBeInstanceOf(ConfigError);
    expect((found as ConfigError).message).toBe(message(() => own.model.apply(own.parameters, tensor2d(long, [1, 17], 'int32'))));
    expect((found as ConfigError).expected).not.toBe('');
    own.dispose();
    await expect(model.apply([[1, 2], [3]])).rejects.toThrow(
      'apply: all rows of ids must have the same length.\n' +
        '  expected  2  (set by row 0)\n' +
        '  got       1 (row 1)\n' +
        '  remedy    fill shorter rows up, and mark what fills them with 0 in { padding }.',
    );
    const tensor = tensor2d([...ids], [2, 4], 'int32');
    await expect(model.apply(tensor as never)).rejects.toThrow('ids must be numbers of the host, for tensors belong to one thread.');
    await expect(model.apply(ids, { tokenTypes: tensor })).rejects.toThrow(
      'remedy    give { shape: tokenTypes.shape, values: await tokenTypes.data() } instead of a tensor.',
    );
    tensor.dispose();
  });

  it('end a load, and its worker with it', async () => {
    const worker = workerInThread([modernbert]);
    await expect(modelInWorker(() => worker, source)).rejects.toThrow('modelInWorker: the worker must have been given the family');
    expect(worker.ended()).toBe(true);
    await expect(modelInWorker(() => workerInThread(), { 'config.json': json({ ...smallConfig, model_type: 'brt' }) })).rejects.toThrow(
      'did you mean bert?',
    );
    await expect(modelInWorker((() => 1) as never, source)).rejects.toThrow('the first argument must be a function that makes a worker');
    await expect(modelInWorker(() => workerInThread(), source, { wrapLayer: 1 } as never)).rejects.toThrow('wrapLayer');
    expect(() => serveModels()).toThrow('serveModels must be called in a worker');
    const detached = new ArrayBuffer(8);
    structuredClone(detached, { transfer: [detached] });
    await expect(modelInWorker(() => workerInThread([bert]), source, { dtype: [detached] } as never)).rejects.toThrow(
      /^modelInWorker: what a worker is given must be data that another thread can have[.]\n/,
    );
  });

  it('of a worker that dies reject all that it was asked, and what comes after', async () => {
    const worker = workerInThread([bert]);
    const model = await modelInWorker(() => worker, source);
    const all = [model.apply(ids), model.apply(ids), model.explain(4)].map((call) => call.catch((error: unknown) => error));
    worker.die('out of memory');
    for (const error of [...(await Promise.all(all)), await model.apply(ids).catch((each: unknown) => each)]) {
      expect(error).toBeInstanceOf(WorkerError);
      expect(error).toBeInstanceOf(ExplainedError);
      expect((error as WorkerError).got).toBe('out of memory');
    }
    expect(worker.ended()).toBe(true);
  });

  it('after dispose says so', async () => {
    const worker = workerInThread([bert]);
    const model = await modelInWorker(() => worker, source);
    const running = model.apply(ids).catch((error: Error) => error.message);
    model.dispose();
    expect(await running).toContain('the model must not have been disposed');
    await expect(model.apply(ids)).rejects.toThrow('one whose worker was ended by dispose()');
    expect(worker.ended()).toBe(true);
  });
});
