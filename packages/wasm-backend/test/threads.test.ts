import { availableParallelism } from 'node:os';
import { createLayout, explain, globalTokens, slidingWindow } from '@longspan/attention-sparse';
import { alibi, bias, createKey, normal, relativePositions, type ScoreTerm } from '@longspan/core-tensor';
import { type AttentionCall, attentionCall, feedForwardContract, linearContract } from '@longspan/core-tensor/kernel';
import { withBackend } from '@longspan/tooling/expect';
import { dispose, grads, matMul, memory, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { compileKernels } from '../src/binary/load.ts';
import { type Registration, register } from '../src/index.ts';
import { backward } from '../src/kernels/contract/block-sparse-attention/backward.ts';
import { forward } from '../src/kernels/contract/block-sparse-attention/forward.ts';
import { backwardWork } from '../src/kernels/contract/block-sparse-attention/work.ts';
import { feedForwardKernel } from '../src/kernels/contract/feed-forward/feed-forward.ts';
import { linearKernel } from '../src/kernels/contract/linear/linear.ts';
import { noteOf, type Runtime } from '../src/runtime/runtime.ts';
import { copyingHeap } from '../src/threads/copying-heap.ts';
import { openPool } from '../src/threads/pool.ts';
import { tooSmall } from '../src/threads/worth-sharing.ts';
import { aloneOn, closeThreads, restartBackend, runtimeOn } from './runtime-on.ts';

let registration: Registration | undefined;
afterEach(() => {
  registration?.unregister();
  closeThreads();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);

const [heads, length, headDim] = [4, 300, 12];
const mask = slidingWindow({ left: 90, right: 3 }).or(globalTokens([5]));

const callWith = (score: readonly ScoreTerm[], keyHeads = heads, blockSize = 16): AttentionCall =>
  attentionCall(
    'test',
    draw('q', [2, heads, length, headDim]),
    draw('k', [2, keyHeads, length, headDim]),
    draw('v', [2, keyHeads, length, 8]),
    { mask, blockSize, scale: 0.3, score },
  );

const bytesOf = async (of: Tensor): Promise<Uint8Array> => new Uint8Array((await of.data()).slice().buffer);

/** The bytes of all that a call gives, forward and backward. */
async function resultsOf(runtime: Runtime, call: AttentionCall): Promise<Uint8Array[]> {
  const { out, logSumExp } = forward(runtime, call);
  const cotangents = { out, logSumExp, outCotangent: draw('do', out.shape), logSumExpCotangent: draw('dl', logSumExp.shape) };
  const all = [out, logSumExp, ...backward(runtime, call, cotangents)];
  return Promise.all(all.map((each) => bytesOf(each as Tensor)));
}

describe.each(['in copies', 'in place'] as const)('any number of threads, %s,', (note) => {
  beforeAll(() => restartBackend(note === 'in place'));
  afterAll(() => restartBackend(false));

  it.each([
    ['without terms', () => callWith([])],
    ['one key head, as few items as can be', () => callWith([], 1)],
    ['a bias that all heads share', () => callWith([bias(draw('bias', [1, 1, length, length]))])],
    [
      'such a bias, in blocks whose ends lie in the middle of a group of scores',
      () => callWith([bias(draw('bias', [1, 1, length, length]))], 2, 33),
    ],
    ['alibi', () => callWith([alibi(draw('slopes', [heads]))])],
    [
      'relative positions',
      () =>
        callWith([
          relativePositions({ r: draw('r', [heads, 70, headDim]), u: draw('u', [heads, headDim]), v: draw('w', [heads, headDim]) }),
        ]),
    ],
  ])('gives the same bits, forward and backward: %s', async (_, make) => {
    const alone = await aloneOn();
    const call = make();
    const expected = await resultsOf(alone, call);
    for (const requested of [2, 3, 5]) {
      const { runtime, threads } = await runtimeOn(requested);
      for (const [at, bytes] of (await resultsOf(runtime, call)).entries()) {
        expect(Buffer.compare(bytes, expected[at] as Uint8Array), `result ${at} on ${requested} threads`).toBe(0);
      }
      expect([threads.count, threads.calls, threads.copies]).toEqual([requested, 2, note === 'in copies']);
    }
  });

  it('gives the same bits in a product, whose rows are cut for them', async () => {
    await withBackend('wasm');
    const [a, b] = [draw('a', [601, 130]), draw('b', [130, 1100])];
    const bits: Uint8Array[] = [];
    for (const threads of [1, 2, 3]) {
      registration = await register({ threads });
      bits.push(await bytesOf(matMul(a, b)));
      registration.unregister();
    }
    expect(bits.map((bytes) => Buffer.compare(bytes, bits[0] as Uint8Array))).toEqual([0, 0, 0]);
  });

  it('gives the same bits in a linear and in a chunked feed-forward layer, forward and backward', async () => {
    const alone = await aloneOn();
    const shapes = [[2, 301, 24], [70, 24], [70], [24, 70], [24]];
    const [x, weight, bias, ...outer] = shapes.map((shape, at) => draw(`parameter ${at}`, shape)) as [Tensor, Tensor, Tensor, ...Tensor[]];
    const wide = (...inputs: Tensor[]): Tensor => linearContract.run(inputs as [Tensor, Tensor, Tensor], { hasBias: true })[0];
    const deep = (...inputs: Tensor[]): Tensor =>
      feedForwardContract.run(inputs as [Tensor, Tensor, Tensor, Tensor, Tensor], { activation: 'gelu', chunkLength: 100 })[0];
    const bitsOn = async (runtime: Runtime): Promise<Uint8Array[]> => {
      const removers = [linearKernel, feedForwardKernel].map((kernel) => kernel.add(() => runtime));
      const results = tidy(() => [
        ...[wide(x, weight, bias), ...grads(wide)([x, weight, bias], draw('of wide', [2, 301, 70]))],
        ...[deep(x, weight, bias, ...outer), ...grads(deep)([x, weight, bias, ...outer], draw('of deep', [2, 301, 24]))],
      ]);
      for (const remove of removers) remove();
      return Promise.all(results.map(bytesOf));
    };
    const expected = await bitsOn(alone);
    for (const requested of [2, 3]) {
      const { runtime, threads } = await runtimeOn(requested);
      const results = await bitsOn(runtime);
      expect(results.map((bytes, at) => Buffer.compare(bytes, expected[at] as Uint8Array))).toEqual(expected.map(() => 0));
      expect(threads.calls).toBe(4 + 3); // forward, again for the tape, dx and dWeight; forward, again, backward
    }
  });
});

describe('register()', () => {
  const call = (n: number) => [1, 2, 3].map((at) => draw(`x${at}`, [1, 4, n, 64])) as [Tensor, Tensor, Tensor];
  const window = { mask: slidingWindow({ left: 255, right: 0 }) };

  it('starts as many threads as requested, and explain says how many compute a call', async () => {
    await withBackend('wasm');
    registration = await register({ threads: 3 });
    expect([registration.threads, registration.threadsReason]).toEqual([3, undefined]);
    expect(explain(...call(2048), window).reason).toBe('wasm-simd; on 3 threads, in copies');
    registration.unregister();
    expect([registration.threads, registration.threadsReason]).toEqual([1, 'register() was taken back']);
  });

  it('a call of less than a millisecond is left to one thread, and explain says so', async () => {
    await withBackend('wasm');
    registration = await register({ threads: 2 });
    expect(explain(...call(64), window).reason).toBe('wasm-simd; on 1 thread, in place: under 1 ms of work');
  });

  it('threads: 1 starts no others', async () => {
    await withBackend('wasm');
    registration = await register({ threads: 1 });
    expect([registration.threads, registration.threadsReason]).toEqual([1, undefined]);
    expect(explain(...call(2048), window).reason).toBe('wasm-simd; on 1 thread, in place');
  });

  it.each([
    [{ SharedArrayBuffer: undefined }, 'this engine has no SharedArrayBuffer'],
    [
      { crossOriginIsolated: false },
      'the page is not cross-origin isolated: its server has to send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
    ],
  ])('uses one thread where more cannot be had, and says why: %o', async (globals, reason) => {
    await withBackend('wasm');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    registration = await register({ threads: 2 });
    expect([registration.threads, registration.threadsReason]).toEqual([1, reason]);
    expect(warn.mock.calls).toEqual([[`wasm-backend uses 1 of 2 threads: ${reason}.`]]);
    expect(explain(...call(2048), window).reason).toBe(`wasm-simd; on 1 thread, in place: ${reason}`);
    registration.unregister();
    registration = await register(); // no number was given: as many as the machine has cores
    expect([registration.threads, registration.threadsReason]).toEqual([1, availableParallelism() > 1 ? reason : undefined]);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('an invalid number of threads is rejected', async () => {
    await withBackend('wasm');
    await expect(register({ threads: 0 })).rejects.toThrow(
      'register: threads must be an integer from 1 to 256.\n' +
        '  expected  an integer, 1 … 256\n' +
        '  got       0\n' +
        '  remedy    leave `threads` out for one for each core, at most 8.',
    );
  });
});

it('threads are used where they save time, copies included', () => {
  const small = { flops: 20e6, bytes: 1e5 };
  const long = { flops: 300e6, bytes: 1e6 };
  const wide = { flops: 300e6, bytes: 60e6 };
  expect([small, long, wide].map((work) => tooSmall(work, 2, true))).toEqual([
    'under 1 ms of work',
    null,
    'copying would take as long as the second thread saves',
  ]);
  expect(tooSmall(wide, 2, false)).toBeNull();
});

describe('the memory that threads share', () => {
  const limited = (maximum: number) => () => new WebAssembly.Memory({ initial: 16, maximum, shared: true });

  it('holds nothing of a call after it: tensors are as many as on one thread', async () => {
    const { runtime } = await runtimeOn(2);
    const call = callWith([]);
    const before = memory().numTensors;
    const made = Object.values(forward(runtime, call));
    expect(memory().numTensors).toBe(before + made.length);
    dispose(made);
  });

  it('is used again by the next call: it grows with the first, and not with the thousandth', async () => {
    const shared = limited(65536)();
    const { runtime, threads } = await runtimeOn(2, { makeMemory: () => shared });
    const call = callWith([]);
    const sizes: number[] = [];
    for (let calls = 0; calls < 1000; calls++) {
      dispose(Object.values(forward(runtime, call)));
      sizes.push(shared.buffer.byteLength);
    }
    expect(threads.calls).toBe(1000);
    expect(sizes.at(-1)).toBe(sizes[0]);
    expect(sizes[0]).toBeLessThan(2 ** 21);
  });

  it('is given back for a new one when it is much larger than what calls need for a while', async () => {
    const made: WebAssembly.Memory[] = [];
    const makeMemory = () => {
      made.push(limited(65536)());
      return made.at(-1) as WebAssembly.Memory;
    };
    const { runtime, threads } = await runtimeOn(2, { makeMemory });
    const large = draw('large', [1, 4, 32768, 64]);
    const layout = createLayout(slidingWindow({ left: 0, right: 0 }), { queryLength: 32768 });
    const { out, logSumExp } = forward(runtime, attentionCall('test', large, large, large, { layout }));
    dispose([out, logSumExp, large]);
    expect(made[0]?.buffer.byteLength).toBeGreaterThan(2 ** 26);
    const call = callWith([]);
    for (let calls = 0; calls < 100 && made.length < 2; calls++) {
      const results = forward(runtime, call);
      dispose([results.out, results.logSumExp]);
    }
    expect(made.map((each) => each.buffer.byteLength)).toEqual([made[0]?.buffer.byteLength, 2 ** 20]);
    await expect.poll(() => threads.count).toBe(2);
    const expected = await resultsOf(await aloneOn(), call);
    const results = await resultsOf(runtime, call);
    expect(results.map((bytes, at) => Buffer.compare(bytes, expected[at] as Uint8Array))).toEqual(expected.map(() => 0));
  });

  it('where it is full, the call is done on one thread in place, which is told once, and explain knows it', async () => {
    const expected = await resultsOf(await aloneOn(), callWith([]));
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { runtime, threads } = await runtimeOn(2, { makeMemory: limited(17) });
    for (let round = 0; round < 2; round++) {
      const results = await resultsOf(runtime, callWith([]));
      expect(results.map((bytes, at) => Buffer.compare(bytes, expected[at] as Uint8Array))).toEqual(expected.map(() => 0));
    }
    expect(warn.mock.calls).toEqual([
      ["wasm-backend: the memory that threads share could not grow to 2 MiB; calls of that size are done on one thread, in tfjs's memory."],
    ]);
    expect([threads.calls, threads.count]).toEqual([2, 2]); // the forward passes
    expect(noteOf(runtime, backwardWork(callWith([])))).toBe('on 1 thread, in place: the memory that threads share has no room for it');
  });

  it('is right above 2 GiB, where addresses are negative to WebAssembly', async () => {
    const alone = await aloneOn();
    const call = callWith([]);
    const expected = await resultsOf(alone, call);
    const compiled = await compileKernels();
    const high = limited(65536)();
    high.grow(32768); // untouched, so that the machine needs nothing for it
    const pool = openPool({
      compiled,
      workerModule: compiled.sharedModule as WebAssembly.Module,
      memory: high,
      control: 0,
      workers: 1,
      onLost: () => {},
    });
    await pool.started;
    const heap = copyingHeap(alone.heap, high, 2 ** 31 + 4096);
    const { out, logSumExp } = forward({ heap, kernels: pool.kernels, shared: { pool, patience: 10_000 } }, call);
    heap.copyOut();
    pool.close();
    expect([
      Buffer.compare(await bytesOf(out), expected[0] as Uint8Array),
      Buffer.compare(await bytesOf(logSumExp), expected[1] as Uint8Array),
    ]).toEqual([0, 0]);
  });
});
