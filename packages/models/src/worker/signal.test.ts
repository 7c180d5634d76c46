import { interruptible } from '@longspan/core-tensor';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { direct, ids, marks, opened, source, withWorkers } from '../../test/worker/opened-model.ts';
import { workerInThread } from '../../test/worker-in-thread.ts';
import { bert } from '../family/bert/index.ts';
import type { NamedBytes } from '../pretrained/given-files.ts';
import { type HostTensor, modelInWorker } from './index.ts';
import { servedModel } from './served/served-model.ts';
import { raise, stopFlag } from './stop-flag.ts';

withWorkers();

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
      const error = await interruptible(count, () => ({ run: served.run('output', given, context, flag) })).run.then(
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
    const { value } = await served.run('output', given, context, stopFlag());
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
