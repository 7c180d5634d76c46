import { causal } from '@longspan/attention-sparse';
import { createKey, interruptible, padding } from '@longspan/core-tensor';
import { ConfigError, ExplainedError, ShapeError } from '@longspan/core-tensor/error';
import { withBackend } from '@longspan/tooling/expect';
import { memory, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkpointOf, json, smallConfig, smallWeights } from '../../test/checkpoint.ts';
import { workerInThread } from '../../test/worker-in-thread.ts';
import { bert } from '../family/bert/index.ts';
import { modernbert } from '../family/modernbert/index.ts';
import { transformerXl } from '../family/transformer-xl/index.ts';
import { generate } from '../generation/index.ts';
import { fromPretrained } from '../pretrained/from-pretrained.ts';
import type { NamedBytes } from '../pretrained/given-files.ts';
import { pretrainedFiles } from '../pretrained/save-pretrained.ts';
import { type HostTensor, type ModelInWorker, modelInWorker, serveModels, WorkerError } from './index.ts';
import { servedModel } from './served/served-model.ts';
import { raise, stopFlag } from './stop-flag.ts';

let source: NamedBytes;
beforeAll(async () => {
  await withBackend('cpu');
  source = checkpointOf(await smallWeights());
});

const open: ModelInWorker[] = [];
const opened = async (model: Promise<ModelInWorker>): Promise<ModelInWorker> => {
  open.push(await model);
  return model;
};
afterEach(() => {
  for (const model of open.splice(0)) model.dispose();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const ids = [
  [2, 7, 4, 3],
  [2, 9, 3, 0],
];
const marks = [
  [1, 1, 1, 1],
  [1, 1, 1, 0],
];

const hostOf = async (tensor: Tensor): Promise<HostTensor> => ({ shape: tensor.shape, values: (await tensor.data()) as Float32Array });

/** What the same model gives without a worker. */
async function direct(context: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
  const { model, parameters, dispose } = await fromPretrained(source);
  const { hidden, pooled, hiddenStates, attentionWeights } = model.apply(parameters, tensor2d(ids, [2, 4], 'int32'), {
    padding: padding(marks),
    ...context,
  });
  const rows = Object.entries(attentionWeights ?? {}).map(async ([name, { keys, weights }]) => [
    name,
    { keys: await hostOf(keys), weights: await hostOf(weights) },
  ]);
  const output = {
    hidden: await hostOf(hidden),
    pooled: await hostOf(pooled as Tensor),
    ...(hiddenStates && { hiddenStates: await Promise.all(hiddenStates.map(hostOf)) }),
    ...(attentionWeights && { attentionWeights: Object.fromEntries(await Promise.all(rows)) }),
  };
  dispose();
  return output;
}

describe('a model in a worker', () => {
  it('gives what it gives without: ids and padding as rows, all results as numbers', async () => {
    const model = await opened(modelInWorker(() => workerInThread([bert]), source));
    const expected = await direct();
    const padded = { padding: marks };
    expect(await model.apply(ids, padded)).toEqual(expected);
    expect(await model.apply({ shape: [2, 4], values: Int32Array.from(ids.flat()) }, { padding: padding(marks) })).toEqual(expected);
    const asked = { hiddenStates: true, attentionWeights: { queries: [1, 3] } };
    expect(await model.apply(ids, { ...padded, ...asked })).toEqual(await direct(asked));
    const tokenTypes = marks;
    expect(await model.apply(ids, { ...padded, tokenTypes })).toEqual(await direct({ tokenTypes: tensor2d(tokenTypes, [2, 4], 'int32') }));
    expect([model.family, model.head, model.report.precision, model.report.missing]).toEqual(['bert', 'model', 'float32', []]);
    expect(model.config).toMatchObject({ hiddenSize: 8 });
    expect(await model.explain(4)).toEqual([]);
  });

  it('leaves no tensor behind in its worker, but the parameters', async () => {
    const model = await opened(modelInWorker(() => workerInThread([bert]), source));
    await model.apply(ids, { padding: marks });
    const before = memory().numTensors;
    await model.apply(ids, { padding: marks, hiddenStates: true, attentionWeights: { queries: [0] } });
    await expect(model.apply(ids, { padding: [[1, 1]] })).rejects.toThrow(ShapeError);
    expect(memory().numTensors).toBe(before);
  });

  it('takes masks, keys and what it gave as state', async () => {
    const config = modernbert.config({
      ...{ vocab_size: 20, hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 12 },
      ...{ global_attn_every_n_layers: 2, local_attention: 4, pad_token_id: 0 },
    });
    const parameters = modernbert.models.model(config).init(createKey(4));
    const files = await pretrainedFiles({ family: modernbert, head: 'model', config, parameters });
    const masked = await opened(modelInWorker(() => workerInThread(), files));
    const [row, changed] = [
      [5, 6, 7, 8],
      [5, 6, 7, 9],
    ];
    const firstOf = ({ hidden }: { readonly hidden: HostTensor }) => hidden.values.slice(0, 8);
    const mask = causal();
    const causalRow = firstOf(await masked.apply([row as number[]], { mask }));
    expect(firstOf(await masked.apply([changed as number[]], { mask: mask.toJSON() }))).toEqual(causalRow);
    expect(firstOf(await masked.apply([changed as number[]]))).not.toEqual(firstOf(await masked.apply([row as number[]])));
  });

  it('tells of its load as fromPretrained does, and reads what the page holds in pieces', async () => {
    const events: unknown[] = [];
    const same: unknown[] = [];
    const { dispose } = await fromPretrained(source, { progress: (event) => same.push(event) });
    dispose();
    const model = await opened(modelInWorker(() => workerInThread([bert]), source, { progress: (event) => events.push(event) }));
    await model.apply(ids);
    expect(events.length).toBeGreaterThan(5);
    expect(events).toEqual(same);
  });

  it('generates as without a worker, step by step', async () => {
    const config = transformerXl.config({
      ...{ vocab_size: 30, d_model: 8, d_embed: 8, n_head: 2, d_head: 4, d_inner: 12, n_layer: 2, mem_len: 8, cutoffs: [], div_val: 1 },
    });
    const parameters = transformerXl.models.causalLanguageModel(config).init(createKey(5));
    const files = await pretrainedFiles({ family: transformerXl, head: 'causalLanguageModel', config, parameters });
    const model = await opened(modelInWorker(() => workerInThread([transformerXl]), files, { head: 'causalLanguageModel' }));
    const prompts = [[3, 4, 5]];
    const expected = generate(transformerXl.models.causalLanguageModel(config), parameters, prompts, { maxNewTokens: 5 });
    const found = model.generate(prompts, { config: { max_new_tokens: 5 } });
    const before = memory().numTensors;
    const steps: (readonly number[])[] = [];
    for await (const { tokens } of found) steps.push(tokens);
    expect(memory().numTensors).toBe(before);
    const { sequences } = await expected.result();
    expect(steps.flat()).toEqual(sequences[0]?.[0]?.tokens.slice(3));
    expect(await found.result()).toEqual(await expected.result());

    const controller = new AbortController();
    const ended = model.generate(prompts, { config: { max_new_tokens: 5 }, signal: controller.signal });
    let taken = 0;
    for await (const _ of ended) if (++taken === 2) controller.abort();
    const { sequences: short, isFinished } = await ended.result();
    expect([taken, short[0]?.[0]?.tokens, isFinished]).toEqual([2, sequences[0]?.[0]?.tokens.slice(0, 5), false]);
  });
});

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
    const tensor = tensor2d(ids, [2, 4], 'int32');
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

describe('a signal', () => {
  it('ends a run at the point after it, leaves nothing behind, and the next call is right', async () => {
    const served = servedModel([bert]);
    await served.load({ where: async () => 'here', list: async () => Object.keys(source), ...ofBytes(source) }, {}, undefined);
    const given: HostTensor = { shape: [2, 4], values: Int32Array.from(ids.flat()) };
    const context = { padding: { '@longspan/sent': 'padding', rows: marks, batch: 2 } };
    const counted = async (stopAt: number): Promise<{ readonly points: number; readonly error: unknown }> => {
      const flag = stopFlag();
      let points = 0;
      const count = (): void => {
        if (points++ === stopAt && flag !== undefined) raise(flag);
      };
      const error = await interruptible(count, () => ({ run: served.apply(given, context, flag) })).run.then(
        () => undefined,
        (each: unknown) => each,
      );
      return { points, error };
    };
    const { points: all, error } = await counted(Number.POSITIVE_INFINITY);
    expect([all > 10, error]).toEqual([true, undefined]);
    const before = memory().numTensors;
    for (const at of [0, 1, Math.floor(all / 2), all - 1]) {
      const stopped = await counted(at);
      expect((stopped.error as Error).name).toBe('AbortError');
      expect(stopped.points).toBeLessThanOrEqual(at + 2); // the first point is that of this test's own scope
      expect(memory().numTensors).toBe(before);
    }
    const { value } = await served.apply(given, context, stopFlag());
    expect(value).toEqual(await direct());
  });

  it('rejects at once with its reason: before its turn, while it waits and while it runs; the others go on', async () => {
    const worker = workerInThread([bert]);
    const model = await opened(modelInWorker(() => worker, source));
    expect(model.stopping).toEqual({ how: 'within', reason: 'page and worker share a flag' });
    const expected = await direct();
    const reason = new Error('enough');
    await expect(model.apply(ids, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const [first, second] = [new AbortController(), new AbortController()];
    const running = model.apply(ids, { padding: marks, signal: first.signal });
    const waiting = model.apply(ids, { padding: marks, signal: second.signal });
    const last = model.apply(ids, { padding: marks });
    second.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    first.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(await last).toEqual(expected);
    expect(worker.ended()).toBe(false);
  });

  it('without memory that is shared ends the worker, which loads again: said, warned of once, and what waits is answered', async () => {
    vi.stubGlobal('crossOriginIsolated', false);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const workers: ReturnType<typeof workerInThread>[] = [];
    const start = () => {
      const worker = workerInThread([bert]);
      workers.push(worker);
      return worker;
    };
    const model = await opened(modelInWorker(start, source));
    expect(model.stopping.how).toBe('anew');
    expect(model.stopping.reason).toMatch(/^the page is not cross-origin isolated: .* the worker is ended and the model loaded again$/);
    const expected = await direct();
    for (let time = 1; time <= 2; time++) {
      const controller = new AbortController();
      const stopped = model.apply(ids, { padding: marks, signal: controller.signal });
      const waiting = model.apply(ids, { padding: marks });
      await Promise.resolve();
      await new Promise((resolve) => setTimeout(resolve, 0)); // its turn has come
      controller.abort();
      await expect(stopped).rejects.toBe(controller.signal.reason);
      expect(await waiting).toEqual(expected);
      expect(workers.map((each) => each.ended())).toEqual([...Array.from({ length: time }, () => true), false]);
    }
    expect(warn.mock.calls.filter(([text]) => String(text).includes('ending its worker'))).toHaveLength(1);
  });

  it('ends a load', async () => {
    const controller = new AbortController();
    const worker = workerInThread([bert]);
    const loading = modelInWorker(() => worker, source, { signal: controller.signal });
    controller.abort();
    await expect(loading).rejects.toBe(controller.signal.reason);
    expect(worker.ended()).toBe(true);
  });
});

const ofBytes = (named: NamedBytes) => ({
  open: async (name: string) => (named[name] as Uint8Array | undefined)?.length,
  read: async (name: string, begin: number, end: number) => (named[name] as Uint8Array).subarray(begin, end),
});
