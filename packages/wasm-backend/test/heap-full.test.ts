import { leaked, withBackend } from '@longspan/tooling/expect';
import { backend, dispose, engine, matMul, memory, type Tensor, tensor, tensor2d, tidy, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { HeapFullError, register } from '../src/index.ts';
import type { TfjsWasm } from '../src/tfjs/tfjs-wasm.ts';

const GIGABYTE = 2 ** 30;

/** A tensor of that many bytes whose memory is requested and never touched, so that the machine needs none for it. */
const untouched = (bytes: number): Tensor => engine().makeTensorFromTensorInfo((backend() as TfjsWasm).makeOutput([bytes / 4], 'float32'));

it('products are right above 2 GiB, where addresses are negative to tfjs', async () => {
  await withBackend('wasm');
  await register();
  const low = [untouched(GIGABYTE), untouched(GIGABYTE)];
  const [rows, depth, columns] = [300, 1000, 200];
  const a = tensor2d(
    Float32Array.from({ length: rows * depth }, (_, at) => (at % 11) - 5),
    [rows, depth],
  );
  const b = tensor2d(
    Float32Array.from({ length: depth * columns }, (_, at) => (at % 13) - 6),
    [depth, columns],
  );
  const out = matMul(a, b);
  expect((backend() as TfjsWasm).dataIdMap.get(out.dataId).memoryOffset).toBeGreaterThan(2 * GIGABYTE);
  const cell = (row: number, column: number): number =>
    Array.from({ length: depth }, (_, at) => (((row * depth + at) % 11) - 5) * (((at * columns + column) % 13) - 6)).reduce(
      (x, y) => x + y,
    );
  const values = await out.data();
  for (const [row, column] of [
    [0, 0],
    [299, 199],
    [150, 7],
    [3, 198],
  ] as const) {
    expect(values[row * columns + column]).toBe(cell(row, column));
  }
  dispose([a, b, out, ...low]);
});

it('a full heap is an error that says what was requested, and the backend goes on working', async () => {
  await withBackend('wasm');
  await register();
  const small = tensor2d([1, 2, 3, 4], [2, 2]);
  const large = [1, 2, 3].map(() => untouched(GIGABYTE));
  const { numTensors } = memory();

  let error: unknown;
  try {
    untouched(GIGABYTE);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(HeapFullError);
  const heap = ((backend() as TfjsWasm).wasm.asm.memory as WebAssembly.Memory).buffer.byteLength / 2 ** 20;
  expect((error as Error).message).toBe(
    'tfjs wasm backend: the WebAssembly heap must have room for the call.\n' +
      '  expected  room for 1073741824 bytes (1,024 MiB) in one piece, of 4,096 MiB in all\n' +
      `  got       4 tensors of 3,073 MiB, in a heap of ${Math.ceil(heap).toLocaleString('en')} MiB\n` +
      '  remedy    dispose tensors that are done with (tidy, dispose), or compute in smaller batches or chunks; the backend goes on working.',
  );
  expect(memory().numTensors).toBe(numTensors);

  const product = tidy(() => matMul(small, small, true, true));
  expect([...(await product.data())]).toEqual([7, 15, 10, 22]);
  dispose([product, ...large]);
  const again = tidy(() => matMul(small, small));
  expect([...(await again.data())]).toEqual([7, 10, 15, 22]);
});

it('a heap that is grown to its end goes on giving out what was given back, and never memory that is not there', async () => {
  await withBackend('wasm');
  await register();
  const memoryBytes = (): number => ((backend() as TfjsWasm).wasm.asm.memory as WebAssembly.Memory).buffer.byteLength;
  const end = (of: Tensor): number => (backend() as TfjsWasm).dataIdMap.get(of.dataId).memoryOffset + 4 * of.size;
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const live: Tensor[] = [];
  const counts = { given: 0, rejected: 0 };
  for (let round = 0; round < 400; round++) {
    if (live.length > 0 && random() < 0.45) live.splice(Math.floor(random() * live.length), 1)[0]?.dispose();
    try {
      const made = untouched(4 * Math.ceil(random() ** 2 * 0.4 * GIGABYTE));
      live.push(made);
      counts.given++;
      expect(end(made)).toBeLessThanOrEqual(memoryBytes());
    } catch (error) {
      expect(error).toBeInstanceOf(HeapFullError);
      counts.rejected++;
    }
  }
  const spans = live.map((each) => [end(each) - 4 * each.size, end(each)] as const).sort(([one], [other]) => one - other);
  for (const [at, [from]] of spans.entries()) expect(from).toBeGreaterThanOrEqual(spans[at - 1]?.[1] ?? 0);
  expect(counts.given).toBeGreaterThan(200); // more than once through
  expect(counts.rejected).toBeGreaterThan(20);
  dispose(live);
});

it('a kernel that finds no room for its scratch gives its output back', async () => {
  await withBackend('wasm');
  await register();
  const { wasm } = backend() as TfjsWasm;
  const inputs = [zeros([40, 2000]), zeros([2000, 50])] as const;
  const malloc = wasm._malloc;
  wasm._malloc = (bytes) => {
    if (bytes > 8000) throw new Error('no room'); // the output's 40 x 50 fit
    return malloc(bytes);
  };
  try {
    expect(() => matMul(...inputs)).toThrow('no room');
    expect(await leaked(() => matMul(...inputs))).toEqual({ tensors: 0, buffers: 0 });
  } finally {
    wasm._malloc = malloc;
  }
  expect((await matMul(...inputs).data()).every((value) => value === 0)).toBe(true);
  expect((await tensor([1]).data())[0]).toBe(1);
});
