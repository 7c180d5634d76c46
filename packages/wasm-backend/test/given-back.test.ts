import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { applyLinear } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { backend, getKernelsForBackend, grads, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { type Registration, register } from '../src/index.ts';
import type { TfjsWasm } from '../src/tfjs/tfjs-wasm.ts';
import { restartBackend } from './runtime-on.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Attention and a linear layer, both passes, large enough for two threads. */
function train(): void {
  tidy(() => {
    const attend = (x: Tensor): Tensor => sparseAttention(x, x, x, { mask: slidingWindow({ left: 127, right: 0 }) }).out;
    grads((x, weight) => applyLinear(attend(x as Tensor), weight as Tensor))([zeros([1, 2, 1024, 64]), zeros([256, 64])]);
  });
}

/** The sizes of what WebAssembly makes from now on and is still alive: numbers, because a suspended test keeps all else alive. */
function watchMade<Kind extends 'Instance' | 'Memory'>(
  kind: Kind,
  sizeOf: (value: InstanceType<(typeof WebAssembly)[Kind]>) => number,
): () => readonly number[] {
  type Made = InstanceType<(typeof WebAssembly)[Kind]> & object;
  const made: WeakRef<Made>[] = [];
  const Watched = new Proxy(WebAssembly[kind], {
    construct(target, given) {
      const value: Made = Reflect.construct(target, given);
      made.push(new WeakRef(value));
      return value;
    },
  });
  vi.stubGlobal('WebAssembly', Object.assign(Object.create(WebAssembly), { [kind]: Watched }));
  return () => {
    collectGarbage();
    return made.flatMap((each) => {
      const value = each.deref();
      return value === undefined ? [] : [sizeOf(value)];
    });
  };
}

it('unregister() leaves tfjs the kernels that it had, though ours ran, and a backward pass of theirs came after it', async () => {
  await withBackend('wasm');
  const names = (): string[] =>
    getKernelsForBackend('wasm')
      .map(({ kernelName }) => kernelName)
      .sort();
  const before = names();
  const registration = await register({ threads: 1 });
  train();
  expect(names().length).toBeGreaterThan(before.length);
  const through = (x: Tensor): Tensor => {
    const y = applyLinear(x, zeros([3, 2]));
    registration.unregister();
    return y;
  };
  tidy(() => grads((x) => through(x as Tensor))([zeros([4, 2])]));
  expect(names()).toEqual(before);
});

it('register() and unregister() over and over, with calls between, keep no instance of the kernels', async () => {
  await withBackend('wasm');
  const alive = watchMade('Instance', () => 1);
  const round = async (): Promise<void> => {
    const registration = await register({ threads: 1 });
    train();
    expect(alive().length).toBeGreaterThan(0);
    registration.unregister();
  };
  for (let rounds = 0; rounds < 5; rounds++) await round();
  await expect.poll(alive, { timeout: 10_000 }).toEqual([]);
});

it("unregister() gives back what threads need in tfjs's memory, where that is shared", async () => {
  await restartBackend(true);
  const { wasm } = backend() as TfjsWasm;
  await register({ threads: 2 }).then(({ unregister }) => unregister()); // from now on malloc is guarded
  const [malloc, free] = [vi.spyOn(wasm, '_malloc'), vi.spyOn(wasm, '_free')];
  const registration = await register({ threads: 2 });
  expect(registration.threads).toBe(2);
  train();
  registration.unregister();
  const out = (): readonly number[] => {
    const freed = free.mock.calls.map(([pointer]) => pointer >>> 0);
    return malloc.mock.results.flatMap(({ value }) => {
      const at = freed.indexOf(value >>> 0);
      if (at >= 0) freed.splice(at, 1);
      return at >= 0 ? [] : [value >>> 0];
    });
  };
  await expect.poll(out).toEqual([]);
});

it('unregister() gives back the memory that threads shared, though the registration is kept', async () => {
  await restartBackend(false);
  const alive = watchMade('Memory', ({ buffer }) => buffer.byteLength);
  const kept: Registration[] = [];
  for (let round = 0; round < 2; round++) {
    const registration = await register({ threads: 2 });
    train();
    expect(Math.max(...alive())).toBeGreaterThan(2 ** 20); // it was used
    registration.unregister();
    kept.push(registration);
  }
  await expect.poll(alive, { timeout: 10_000 }).toEqual([]);
  expect(kept.map(({ threads }) => threads)).toEqual([1, 1]);
});
