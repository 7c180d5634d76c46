import { expect, it } from 'vitest';
import { type Instructions, instructionSets } from '../src/binary/instructions.ts';
import { compileKernels } from '../src/binary/load.ts';
import { matMulJob } from '../src/kernels/stock/mat-mul/job.ts';
import { productOf } from '../src/kernels/stock/mat-mul/product.ts';
import { allowRelaxedSimd } from './builds.ts';

const binaryOf = async (instructions: Instructions): Promise<Buffer> =>
  Buffer.from((await import(`../src/generated/${instructions}.ts`)).binary, 'base64');

/** The kinds of the sections of a WebAssembly binary, in order, as the specification numbers them. */
function sections(binary: Buffer): number[] {
  const kinds: number[] = [];
  for (let at = 8; at < binary.length; ) {
    kinds.push(binary[at++] as number);
    let size = 0;
    let byte = 128;
    for (let shift = 0; byte & 128; shift += 7) {
      byte = binary[at++] as number;
      size |= (byte & 127) << shift;
    }
    at += size;
  }
  return kinds;
}

const START = 8;
const DATA = 11;
const DATA_COUNT = 12;

it.each(instructionSets)(
  "the binary for %s writes nothing over tfjs's data when it is instantiated: no data, no start function",
  async (set) => {
    const kinds = sections(await binaryOf(set));
    expect(kinds).toContain(10); // the code: so the walk over the sections works
    for (const kind of [START, DATA, DATA_COUNT]) expect(kinds).not.toContain(kind);
  },
);

it.each(instructionSets)('the binary for %s imports a memory, where runs can be ended, and nothing else', async (set) => {
  allowRelaxedSimd();
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(Uint8Array.from(await binaryOf(set))));
  expect(imports).toEqual([
    { module: 'env', name: 'interruptionPoint', kind: 'function' },
    { module: 'env', name: 'memory', kind: 'memory' },
  ]);
});

it('the two builds differ: one has fused multiply-adds', async () => {
  const [relaxed, plain] = await Promise.all(instructionSets.map(binaryOf));
  const fused = Buffer.from([0xfd, 0x85, 0x02]); // f32x4.relaxed_madd
  expect([relaxed?.includes(fused), plain?.includes(fused)]).toEqual([true, false]);
});

it.each(instructionSets)('the kernels for %s work on a shared memory, as threads need it, and a job can be shared out', async (set) => {
  allowRelaxedSimd();
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536, shared: true });
  const kernels = (await compileKernels(set)).on(memory);
  const floats = new Float32Array(memory.buffer);
  const product = productOf({ shape: [3, 2, 5], transposed: false }, { shape: [3, 5, 4], transposed: false });
  const [a, b, out] = [4096, 8192, 12288];
  for (let at = 0; at < 60; at++) {
    floats[a / 4 + at] = at % 7;
    floats[b / 4 + at] = at % 5;
  }
  const job = matMulJob(kernels, { product, a, b, out, activation: 0, bias: undefined, slopes: undefined, slope: 0 });
  expect(job.items).toBe(3);
  new Int32Array(memory.buffer).set(job.fields, 1024 / 4);
  for (const [from, to] of [
    [2, 3],
    [0, 1],
    [1, 2],
  ] as const)
    job.kernel(1024, from, to, 65536 * (1 + from));
  const expected = Array.from({ length: 24 }, (_, at) => {
    const [batch, row, column] = [Math.floor(at / 8), Math.floor(at / 4) % 2, at % 4];
    return [0, 1, 2, 3, 4].reduce((sum, depth) => sum + ((10 * batch + 5 * row + depth) % 7) * ((20 * batch + 4 * depth + column) % 5), 0);
  });
  expect([...floats.subarray(out / 4, out / 4 + 24)]).toEqual(expected);
});
