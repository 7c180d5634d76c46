import { expectClose, leaked, onBackends, type Tolerance } from '@longspan/tooling/expect';
import { dispose, engine, grad, grads, sum, type Tensor, tensor, tensor1d, tensor2d, tidy, zeros } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { expectSlopes } from '../../test/slopes.ts';
import { widened } from '../contracts/packed-linear/reference.ts';
import { createKey, randomBits } from '../key/index.ts';
import { applyLinear } from '../layer/linear.ts';
import { fromFloat16 } from '../safetensors/half-precision.ts';
import { normal } from '../tensor/random.ts';
import { packWeight, unpackWeight } from './pack-weight.ts';
import type { PackedKind, PackedWeight } from './packed-weight.ts';

const kinds: readonly PackedKind[] = ['float16', 'int8'];
const read = async (of: Tensor): Promise<readonly number[]> => [...(await of.data())];

/** The bytes of the weight, as they lie in its words. */
const bytesOf = async ({ numbers }: PackedWeight): Promise<Uint8Array> => new Uint8Array(Int32Array.from(await numbers.data()).buffer);

onBackends('packWeight', () => {
  it('float16 puts two numbers into a word, the first in the lower half, and ends each row with its word', async () => {
    const packed = await packWeight(
      tensor2d([
        [1, -2, 0.5],
        [65504, 2 ** -24, -0],
      ]),
      'float16',
    );
    expect(packed).toMatchObject({ kind: 'float16', shape: [2, 3], numbers: { dtype: 'int32', shape: [2, 2] } });
    expect(Object.keys(packed)).not.toContain('scale');
    expect(new Uint16Array((await bytesOf(packed)).buffer)).toEqual(Uint16Array.of(0x3c00, 0xc000, 0x3800, 0, 0x7bff, 0x0001, 0x8000, 0));
  });

  it('int8 puts four integers into a word, by hand: max |w| / 127 for each row, ties to even, a row of zeros', async () => {
    // 127 steps of 1, 2 and 0: 0.5 and 2.5 lie between two integers.
    const packed = await packWeight(
      tensor2d([
        [127, 0.5, 1.5, -2.5, 3],
        [-254, 5, 7, 1, 0],
        [0, 0, 0, 0, 0],
      ]),
      'int8',
    );
    expect(packed).toMatchObject({ kind: 'int8', shape: [3, 5], numbers: { dtype: 'int32', shape: [3, 2] } });
    expect(new Int8Array((await bytesOf(packed)).buffer)).toEqual(
      Int8Array.of(...[127, 0, 2, -2, 3, 0, 0, 0], ...[-127, 2, 4, 0, 0, 0, 0, 0], ...[0, 0, 0, 0, 0, 0, 0, 0]),
    );
    expect(await read(packed.scale as Tensor)).toEqual([1, 2, 0]);
    expect(await read(await unpackWeight(packed))).toEqual([127, 0, 2, -2, 3, -254, 4, 8, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('every float16 is widened to what it is: subnormals, zeros of both signs, infinities, NaN', async () => {
    const expected = fromFloat16(Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits));
    const words = Int32Array.from({ length: 2 ** 15 }, (_, at) => (2 * at) | ((2 * at + 1) << 16));
    const every = { kind: 'float16', numbers: tensor(words, [256, 128], 'int32'), shape: [256, 256] } as const;
    for (const values of [await (await unpackWeight(every)).data(), await tidy(() => widened(every)).data()]) {
      expect(values.findIndex((value, bits) => !Object.is(value, expected[bits]))).toBe(-1);
    }
  });

  it.each(kinds)('%s: the reference widens random words, and some of their rows, as the host does', async (kind) => {
    const [out, width] = [9, 2 * 513 - 1];
    const words = Int32Array.from(randomBits(createKey('words'), out * (kind === 'float16' ? 513 : 257)));
    const numbers = tensor(words, [out, words.length / out], 'int32');
    const scale = kind === 'int8' ? { scale: normal(createKey('scale'), [out]) } : {};
    const weight = { kind, numbers, ...scale, shape: [out, width] } as const;
    const expected = await read(await unpackWeight(weight));
    expect(await read(tidy(() => widened(weight)))).toEqual(expected);
    expect(await read(tidy(() => widened(weight, { start: 3, end: 5 })))).toEqual(expected.slice(3 * width, 5 * width));
  });

  it('is off by 2⁻¹¹ of a number at most in float16, and by half a scale in int8', async () => {
    const weight = normal(createKey('weight'), [37, 53]);
    const values = await read(weight);
    const half = await read(await unpackWeight(await packWeight(weight, 'float16')));
    expect(
      Math.max(...values.map((value, at) => Math.abs((half[at] as number) - value) / Math.max(2 ** -14, Math.abs(value)))),
    ).toBeLessThanOrEqual(2 ** -11);
    const int8 = await packWeight(weight, 'int8');
    const [widened, scales] = [await read(await unpackWeight(int8)), await read(int8.scale as Tensor)];
    const off = values.map((value, at) => Math.abs((widened[at] as number) - value) / (scales[Math.floor(at / 53)] as number));
    expect(Math.max(...off)).toBeLessThan(0.50001);
    expect(Math.max(...off)).toBeGreaterThan(0.45);
  });

  it.each(kinds)('%s leaves nothing behind, and takes no number that it cannot hold', async (kind) => {
    const weight = normal(createKey('weight'), [3, 5]);
    expect(await leaked(async () => ({ ...(await packWeight(weight, kind)) }) as object as Tensor[])).toEqual({ tensors: 0, buffers: 0 });
    const packed = await packWeight(weight, kind);
    expect(await leaked(async () => unpackWeight(packed))).toEqual({ tensors: 0, buffers: 0 });
    const odd = packWeight(
      tensor2d([
        [1, 2],
        [3, Number.NaN],
      ]),
      kind,
    );
    if (kind === 'float16') expect((await read(await unpackWeight(await odd)))[3]).toBeNaN();
    else {
      await expect(odd).rejects.toThrow(
        'packWeight: the numbers of a weight must be finite for int8.\n' +
          '  expected  finite numbers\n' +
          '  got       NaN at [1, 1]\n' +
          "  remedy    look for where it comes from; kind 'float16' keeps ±Infinity and NaN.",
      );
    }
    dispose({ ...packed } as object as Tensor[]);
  });
});

onBackends('applyLinear of a packed weight', (_, kernels) => {
  const x = () => normal(createKey('x'), [2, 3, 7]);
  const weight = () => normal(createKey('weight'), [5, 7]);
  const bias = () => normal(createKey('bias'), [5]);
  const tight = { atol: 1e-5, rtol: 1e-5 };

  it('by hand: [1, 2, 3] by rows of 0.5, -1, 2 and 127, 0, -127', async () => {
    const given = tensor2d([
      [0.5, -1, 2],
      [127, 0, -127],
    ]);
    for (const kind of kinds) {
      const y = applyLinear(tensor1d([1, 2, 3]), await packWeight(given, kind), tensor1d([10, 20]));
      // In int8 the first row is 32, -64 (-63.5) and 127 parts of 2 / 127.
      const first = kind === 'float16' ? 4.5 : ((32 - 2 * 64 + 3 * 127) * 2) / 127;
      expectClose(await y.data(), [10 + first, 20 - 254], tight);
    }
  });

  it.each(kinds)('%s gives what the widened weight gives, with the gradients of x and of the bias', async (kind) => {
    const packed = await packWeight(weight(), kind);
    const widened = await unpackWeight(packed);
    const cotangent = normal(createKey('cotangent'), [2, 3, 5]);
    // Our kernels round rows to 14 bits at least for a product of whole numbers: half of an 8,191st of each row's largest number.
    const isRounded = kind === 'int8' && kernels === 'ours';
    const allowed = async (rows: Tensor, by: Tensor): Promise<Tolerance> => {
      const [largest, most] = await Promise.all([rows.abs().max().data(), by.abs().sum(-1).max().data()]);
      return isRounded ? { ...tight, atol: tight.atol + ((largest[0] as number) * (most[0] as number)) / 16_382 } : tight;
    };
    const tolerance = await allowed(x(), widened);
    expectClose(await applyLinear(x(), packed, bias()).data(), await applyLinear(x(), widened, bias()).data(), tolerance);
    const gradients = (of: Tensor | PackedWeight) =>
      grads((input, offset) => applyLinear(input as Tensor, of, offset))([x(), bias()], cotangent);
    const [ours, theirs] = [gradients(packed), gradients(widened)];
    const ofX = await allowed(cotangent, widened.transpose());
    for (const [at, each] of theirs.entries()) expectClose(await (ours[at] as Tensor).data(), await each.data(), at === 0 ? ofX : tight);
    await expectSlopes((input) => applyLinear(input as Tensor, packed), [normal(createKey('x'), [3, 7])]);
  });

  it.each(kinds)('%s keeps the packed weight alone for the backward pass, and not x', async (kind) => {
    const packed = await packWeight(weight(), kind);
    const shapes: (readonly number[])[] = [];
    grad((input: Tensor) => {
      const y = applyLinear(input, packed, bias());
      for (const { shape } of engine().state.activeTape.at(-1)?.saved ?? []) shapes.push(shape);
      return sum(y);
    })(x());
    expect(shapes).toEqual(kind === 'float16' ? [[5, 4]] : [[5, 2], [5]]);
  });

  it.each(kinds)('%s: its gradient is an error that says what to do', async (kind) => {
    const packed = await packWeight(weight(), kind);
    const message =
      'applyLinear: a packed weight must be a constant of the loss.\n' +
      '  expected  gradients of x, of the bias and of float32 parameters\n' +
      `  got       the gradient of a weight in ${kind}\n` +
      '  remedy    leave packed weights out of what is trained (train float32 ones beside them), or take await unpackWeight(weight).';
    const loss = (numbers: Tensor) => sum(applyLinear(x(), { ...packed, numbers }));
    const run = () => grads(loss)([packed.numbers]);
    expect(run).toThrow(message);
    if (packed.scale !== undefined) {
      const ofScale = (scale: Tensor) => sum(applyLinear(x(), { ...packed, scale }));
      expect(() => grads(ofScale)([packed.scale as Tensor])).toThrow(message);
    }
  });

  it('names what does not fit', async () => {
    const packed = await packWeight(weight(), 'int8');
    expect(() => applyLinear(zeros([2, 6]), packed)).toThrow('x must have the shape [..., 7].');
    expect(() => applyLinear(x(), packed, zeros([7]))).toThrow('bias must have the shape [5].');
    expect(() => applyLinear(x(), { ...packed, kind: 'int4' as 'int8' })).toThrow("kind must be 'float16' or 'int8'.");
    expect(() => applyLinear(x(), { ...packed, shape: [5, 9] })).toThrow(
      'applyLinear: weight.numbers must have the shape [out, ⌈in / 4⌉] of int8.\n' +
        '  expected  [5, 3]  (set by weight.shape)\n' +
        '  got       [5, 2]\n' +
        '  remedy    give what packWeight gave, as it is.',
    );
    expect(() => applyLinear(x(), { ...packed, scale: zeros([4]) })).toThrow('weight.scale must have the shape [5].');
    expect(() => applyLinear(x(), { ...packed, kind: 'float16' })).toThrow('weight.numbers must have the shape');
  });
});

describe('where tfjs has no 32-bit integers', () => {
  const packed = () => ({ kind: 'float16', numbers: zeros([1, 1], 'int32'), shape: [1, 1] }) as const;
  const pretend = (backend: string): void => {
    vi.resetModules();
    vi.doMock('@tensorflow/tfjs-core', async (original) => ({ ...(await original<object>()), getBackend: () => backend }));
  };
  afterEach(() => {
    vi.doUnmock('@tensorflow/tfjs-core');
    vi.resetModules();
  });

  it('packed weights are refused on webgl', async () => {
    pretend('webgl');
    const { requirePackedWeight } = await import('./packed-weight.ts');
    expect(() => requirePackedWeight('applyLinear', 'weight', packed())).toThrow('got       webgl, which stores integers as floats');
  });

  it('the reference refuses them on webgpu, and says who takes them', async () => {
    pretend('webgpu');
    const { widened } = await import('../contracts/packed-linear/reference.ts');
    expect(() => widened(packed())).toThrow(
      'applyLinear: packed weights must have a kernel of their own on webgpu.\n' +
        '  expected  that of @longspan/gpu-backend\n' +
        '  got       the reference, whose operations read int32 as float32 there\n' +
        "  remedy    call register() of @longspan/gpu-backend; else take await unpackWeight(weight), or setBackend('wasm').",
    );
  });
});
