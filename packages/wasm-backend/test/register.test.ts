import { inspect } from 'node:util';
import { ConfigError } from '@longspan/core-tensor/error';
import { withBackend } from '@longspan/tooling/expect';
import {
  backend,
  engine,
  findBackendFactory,
  getKernel,
  matMul,
  registerBackend,
  setBackend,
  type Tensor,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { instructionSets } from '../src/binary/instructions.ts';
import { isShared } from '../src/binary/load.ts';
import { type Registration, register } from '../src/index.ts';
import { allowRelaxedSimd } from './builds.ts';

let registration: Registration | undefined;
afterEach(() => registration?.unregister());

const kernelOf = (name: string) => getKernel(name, 'wasm')?.kernelFunc;

it('importing the package changes nothing; register() takes the places of the products, unregister() gives them back', async () => {
  await withBackend('wasm');
  const stock = ['BatchMatMul', '_FusedMatMul'].map(kernelOf);
  expect(stock.every((kernel) => typeof kernel === 'function')).toBe(true);
  registration = await register();
  const ours = ['BatchMatMul', '_FusedMatMul'].map(kernelOf);
  expect(ours.map((kernel, at) => kernel !== stock[at])).toEqual([true, true]);
  registration.unregister();
  registration.unregister();
  expect(['BatchMatMul', '_FusedMatMul'].map(kernelOf)).toEqual(stock);
});

it('register() again, also at the same time, gives the same registration and warns of nothing', async () => {
  await withBackend('wasm');
  const warn = vi.spyOn(console, 'warn');
  const [first, second] = await Promise.all([register(), register()]);
  registration = first;
  expect(second).toBe(first);
  const kernel = kernelOf('BatchMatMul');
  expect(await register()).toBe(first);
  expect(kernelOf('BatchMatMul')).toBe(kernel);
  expect(warn).not.toHaveBeenCalled();
  first.unregister();
  registration = await register();
  expect(registration).not.toBe(first);
  first.unregister(); // of the past: does nothing
  expect(await register()).toBe(registration);
});

it('a later call with other options warns that it changes nothing, and one for an unknown option throws', async () => {
  await withBackend('wasm');
  registration = await register({ threads: 1 });
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  await register({ threads: 1 });
  expect(warn).not.toHaveBeenCalled();
  await register({ threads: 2 });
  expect(warn.mock.calls).toEqual([
    [
      'wasm-backend: register({ threads: 2 }) changes nothing, because the kernels are in place with threads: 1 and ' +
        `instructions: '${registration.instructions}'; call unregister() first.`,
    ],
  ]);
  warn.mockRestore();
  await expect(register({ thread: 2 } as object)).rejects.toThrow('did you mean threads?');
  for (const instructions of [5, 'simd']) {
    await expect(register({ instructions } as object)).rejects.toThrow("register: instructions must be 'relaxed-simd' or 'simd128'.");
  }
});

const alike = [Number.NaN, Number.POSITIVE_INFINITY, 4n, '', true, [], {}, () => 1, Symbol('none')];
it.each<[string, unknown, string]>([
  ...[null, 5, 'simd128', true, [], [1], () => 1, Symbol('none'), new Map()].map(
    (options) => ['options', options, 'options must be given as a record.'] as [string, unknown, string],
  ),
  ...[...alike, 0, -1, 1.5, 257, 2 ** 53, '2'].map(
    (threads) => ['threads', { threads }, 'threads must be an integer from 1 to 256.'] as [string, unknown, string],
  ),
  ...[...alike, 5, 'simd', 'SIMD128', ['simd128']].map(
    (instructions) => ['instructions', { instructions }, "instructions must be 'relaxed-simd' or 'simd128'."] as [string, unknown, string],
  ),
  ['threads', { threads: null }, 'threads must be given a value, or be left out.'],
  ['instructions', { instructions: null }, 'instructions must be given a value, or be left out.'],
  ...['thread', 'instruction', 'Threads', 'worker'].map(
    (name) => ['a name', { [name]: 1 }, 'every option must be one of those that register knows.'] as [string, unknown, string],
  ),
])('%s %o is refused before anything is changed', async (_, options, problem) => {
  await withBackend('wasm');
  const stock = kernelOf('BatchMatMul');
  const found = await register(options as object).then(
    () => 'taken',
    (error: unknown) => error,
  );
  expect(found).toBeInstanceOf(ConfigError);
  expect((found as Error).message.split('\n')[0]).toBe(`register: ${problem}`);
  expect(kernelOf('BatchMatMul')).toBe(stock);
});

it('is printed with its values, and says where calls work', async () => {
  await withBackend('wasm');
  registration = await register({ threads: 1 });
  const { memory, memoryReason, threads } = registration;
  expect({ memory, memoryReason, threads }).toEqual({ memory: 'in place', memoryReason: 'one thread does all', threads: 1 });
  expect(inspect(registration)).toMatch(/threads: 1/);
  expect(inspect(registration)).not.toMatch(/Getter/);
  registration.unregister();
  registration = await register({ threads: 2 });
  expect(registration.memory).toBe(
    isShared((backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } }).wasm.asm.memory) ? 'in place' : 'in copies',
  );
});

it('takes the best build that the engine accepts, or the one that is requested', async () => {
  await withBackend('wasm');
  allowRelaxedSimd();
  registration = await register();
  expect(registration.instructions).toBe('relaxed-simd');
  for (const instructions of instructionSets) {
    registration.unregister();
    registration = await register({ instructions });
    expect(registration.instructions).toBe(instructions);
  }
});

it('on another backend it throws, with the remedy', async () => {
  await withBackend('cpu');
  await expect(register()).rejects.toThrow(
    "register: tfjs's wasm backend must be the current one.\n" +
      '  expected  getBackend() === "wasm"\n' +
      '  got       "cpu"\n' +
      "  remedy    await setBackend('wasm') before await register(); it gives false where the backend could not start.",
  );
});

it('on a wasm backend that is not built as we know it, it throws', async () => {
  await withBackend('wasm');
  const factory = findBackendFactory('wasm');
  const whole = backend() as object as { wasm: { asm: object } };
  const asm = whole.wasm.asm;
  whole.wasm.asm = {};
  await expect(register()).rejects.toThrow("register: the wasm backend must be tfjs's, version 4.22.");
  whole.wasm.asm = asm;
  expect(findBackendFactory('wasm')).toBe(factory);
});

it('goes on working where tfjs starts its backend again, on a new memory', async () => {
  await withBackend('wasm');
  registration = await register();
  const product = async (): Promise<number[]> => {
    const a = tensor2d([1, 2, 3, 4], [2, 2]);
    const out: Tensor = matMul(a, a, false, true);
    const values = [...(await out.data())];
    out.dispose();
    a.dispose();
    return values;
  };
  expect(await product()).toEqual([5, 11, 11, 25]);
  const factory = findBackendFactory('wasm');
  const before = backend();
  delete engine().registry['wasm'];
  delete engine().registryFactory['wasm'];
  registerBackend('wasm', factory);
  await setBackend('wasm');
  expect(backend()).not.toBe(before);
  expect(await product()).toEqual([5, 11, 11, 25]);
  // What our kernel leaves to tfjs's own reaches the new memory too: its setup has run.
  expect(() => matMul(tensor2d([1], [1, 1], 'int32'), tensor2d([1], [1, 1], 'int32'))).toThrow('not yet supported');
});

it('a memory is shared or not', () => {
  expect(isShared(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }))).toBe(true);
  expect(isShared(new WebAssembly.Memory({ initial: 1 }))).toBe(false);
});
