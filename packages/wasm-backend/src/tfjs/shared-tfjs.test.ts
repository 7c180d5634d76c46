import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compileKernels } from '../binary/load.ts';
import { inSharedMemory, withSharedMemory } from './shared-tfjs.ts';

const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
const binaryOf = (name: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(folder, name)));
const tfjs = binaryOf('tfjs-backend-wasm-simd.wasm');

/** Any other binary: it exports a memory of one page, of at most two. */
const other = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 1, 1, 2, 7, 5, 1, 1, 0x6d, 2, 0);

describe('withSharedMemory', () => {
  it.each(['tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm.wasm'])('changes one byte of %s, which stays valid', (name) => {
    const binary = binaryOf(name);
    const before = binary.slice();
    const changed = withSharedMemory(binary) as Uint8Array<ArrayBuffer>;
    const differences = [...changed.entries()].filter(([at, byte]) => byte !== binary[at]);
    expect(differences.map(([at, byte]) => [binary[at], byte])).toEqual([[1, 3]]);
    expect([changed.length, WebAssembly.validate(changed), binary]).toEqual([binary.length, true, before]);
  });

  it("leaves alone what already shares tfjs's memory, any other binary, and what is not one or is cut off", () => {
    const once = withSharedMemory(tfjs) as Uint8Array;
    const all = [
      once,
      binaryOf('tfjs-backend-wasm-threaded-simd.wasm'),
      other,
      Uint8Array.of(),
      new TextEncoder().encode('<!doctype html>'),
    ];
    expect(all.map(withSharedMemory)).toEqual(all.map(() => undefined));
    const named = Buffer.from(tfjs).indexOf('register_tensor');
    expect(named).toBeGreaterThan(0);
    for (let length = 0; length < named; length++) expect(withSharedMemory(tfjs.subarray(0, length))).toBeUndefined();
  });
});

describe('inSharedMemory', () => {
  afterEach(() => void vi.restoreAllMocks());

  const isShared = async (source: Uint8Array<ArrayBuffer>): Promise<boolean> => {
    const { instance } = await WebAssembly.instantiate(source, new WebAssembly.Module(source) && importsOf(source));
    const memory = Object.values(instance.exports).find((each) => each instanceof WebAssembly.Memory) as WebAssembly.Memory;
    return memory.buffer instanceof SharedArrayBuffer;
  };
  /** Functions that do nothing, for all that a binary imports. */
  const importsOf = (source: Uint8Array<ArrayBuffer>): WebAssembly.Imports => {
    const imports: Record<string, Record<string, () => number>> = {};
    for (const { module, name } of WebAssembly.Module.imports(new WebAssembly.Module(source))) {
      imports[module] = { ...imports[module], [name]: () => 0 };
    }
    return imports;
  };

  it("makes tfjs's instances with shared memory, and all others as they are, until it ends", async () => {
    const stock = { ...WebAssembly, instantiate: WebAssembly.instantiate };
    expect(await inSharedMemory(() => Promise.all([isShared(tfjs), isShared(other)]))).toEqual([true, false]);
    expect(WebAssembly.instantiate).toBe(stock.instantiate);
    expect(await isShared(tfjs)).toBe(false);
  });

  it('takes a binary from a response too', async () => {
    const found = await inSharedMemory(async () => {
      const streamed = await WebAssembly.instantiateStreaming(
        new Response(tfjs, { headers: { 'content-type': 'application/wasm' } }),
        importsOf(tfjs),
      );
      return Object.values(streamed.instance.exports).find((each) => each instanceof WebAssembly.Memory) as WebAssembly.Memory;
    });
    expect(found.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('makes tfjs as it is where the shared memory cannot be had', async () => {
    const stock = WebAssembly.instantiate;
    const reject = async (source: BufferSource, imports?: WebAssembly.Imports): Promise<WebAssembly.WebAssemblyInstantiatedSource> => {
      if (source !== tfjs && withSharedMemory(tfjs)?.length === source.byteLength) throw new RangeError('could not allocate memory');
      return await stock(source, imports);
    };
    vi.spyOn(WebAssembly, 'instantiate').mockImplementation(reject as typeof WebAssembly.instantiate);
    expect(await inSharedMemory(() => isShared(tfjs))).toBe(false);
  });

  it('puts the stock functions back where the start fails', async () => {
    const stock = WebAssembly.instantiate;
    await expect(inSharedMemory(() => Promise.reject(new Error('no file')))).rejects.toThrow('no file');
    expect(WebAssembly.instantiate).toBe(stock);
  });

  it('compiled modules pass through', async () => {
    const { sharedModule } = await compileKernels();
    await inSharedMemory(async () => {
      await expect(WebAssembly.instantiate(sharedModule as WebAssembly.Module, {})).rejects.toThrow(TypeError); // its imports are missing
    });
  });
});
