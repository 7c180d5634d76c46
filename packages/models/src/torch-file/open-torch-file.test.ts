import type { ByteSource } from '@longspan/core-tensor';
import { FileError } from '@longspan/core-tensor/error';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { op, pickleOf, stateOf, tensorOf, torchOf, type WrittenTensor, zipOf } from '../../test/torch-bytes.ts';
import { openTorchFile } from './open-torch-file.ts';

/** A source that notes which bytes it is asked for, and gives no others. */
function noted(bytes: Uint8Array): { readonly source: ByteSource; readonly asked: (readonly [number, number])[] } {
  const asked: (readonly [number, number])[] = [];
  const read = async (begin: number, end: number): Promise<Uint8Array> => {
    asked.push([begin, end]);
    if (!(begin >= 0 && end <= bytes.length && begin <= end)) throw new Error(`${begin} … ${end} of ${bytes.length}`);
    return bytes.slice(begin, end);
  };
  return { source: { size: bytes.length, read }, asked };
}

const open = (bytes: Uint8Array) => openTorchFile(noted(bytes).source, 'pytorch_model.bin');

/** Every tensor of a file, read. */
async function all(bytes: Uint8Array): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const { tensors } = await open(bytes);
  const read: [string, readonly unknown[]][] = [];
  for (const [name, entry] of tensors) read.push([name, [entry.dtype, entry.shape, [...(await entry.read()).values()]]]);
  return Object.fromEntries(read);
}

const bytesOf = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const six = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));
const floats = (shape: readonly number[], strides: readonly number[], offset = 0): WrittenTensor => ({
  type: 'FloatStorage',
  key: '0',
  size: 6,
  offset,
  shape,
  strides,
});

describe('openTorchFile', () => {
  const views = {
    plain: floats([2, 3], [3, 1]),
    transposed: floats([3, 2], [1, 3]),
    part: floats([2], [1], 3),
    column: floats([2], [3], 1),
    scalar: floats([], [], 5),
    empty: floats([0, 3], [3, 1]),
    row: floats([1, 3], [0, 1]),
    half: { type: 'HalfStorage', key: '1', size: 2, shape: [2], strides: [1] },
    brain: { type: 'BFloat16Storage', key: '2', size: 2, shape: [2], strides: [1] },
    ids: { type: 'LongStorage', key: '3', size: 2, shape: [2], strides: [1] },
  };
  const storages = {
    '0': six,
    '1': bytesOf(Uint16Array.of(0x3c00, 0xc100)),
    '2': bytesOf(Uint16Array.of(0x3f80, 0xc020)),
    '3': bytesOf(BigInt64Array.of(7n, -1n)),
  };

  it.each([{}, { wide: true }, { comment: 'of a checkpoint' }])('reads views of storages of every dtype: %j', async (form) => {
    expect(await all(torchOf(stateOf(views), storages, form))).toEqual({
      plain: ['F32', [2, 3], [0, 1, 2, 3, 4, 5]],
      transposed: ['F32', [3, 2], [0, 3, 1, 4, 2, 5]],
      part: ['F32', [2], [3, 4]],
      column: ['F32', [2], [1, 4]],
      scalar: ['F32', [], [5]],
      empty: ['F32', [0, 3], []],
      row: ['F32', [1, 3], [0, 1, 2]],
      half: ['F16', [2], [1, -2.5]],
      brain: ['BF16', [2], [1, -2.5]],
      ids: ['I64', [2], [7n, -1n]],
    });
  });

  it('reads a parameter, and the dtypes that their tensors name', async () => {
    const untyped = pickleOf(
      ...[op.emptyRecord, op.text('w'), op.global('torch._utils', '_rebuild_parameter'), op.mark, tensorOf(floats([6], [1])), op.no],
      ...[op.global('collections', 'OrderedDict'), op.emptyTuple, op.reduce, op.tuple, op.reduce, op.setItem],
      ...[op.text('u'), op.global('torch._utils', '_rebuild_tensor_v3'), op.mark, op.mark, op.text('storage')],
      ...[op.global('torch.storage', 'UntypedStorage'), op.text('1'), op.text('cpu'), op.integer(4), op.tuple, op.persistent],
      ...[op.integer(1), op.mark, op.integer(1), op.tuple, op.mark, op.integer(1), op.tuple, op.no, op.none],
      ...[op.global('torch', 'uint16'), op.tuple, op.reduce, op.setItem],
    );
    expect(await all(torchOf(untyped, { '0': six, '1': bytesOf(Uint16Array.of(5, 65535)) }))).toEqual({
      w: ['F32', [6], [0, 1, 2, 3, 4, 5]],
      u: ['U16', [1], [65535]],
    });
  });

  it('gives the elements that strides and offset say, of any view', async () => {
    const anyView = fc.record({
      shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
      order: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
      gap: fc.integer({ min: 1, max: 3 }),
      offset: fc.nat(5),
      width: fc.constantFrom(1, 4, 8),
    });
    await fc.assert(
      fc.asyncProperty(anyView, async ({ shape, order, gap, offset, width }) => {
        // Strides of the axes in some order, each with a gap behind it.
        const axes = shape.map((_, axis) => axis).sort((a, b) => (order[a] as number) - (order[b] as number));
        const strides = shape.map(() => 0);
        let step = 1;
        for (const axis of axes) {
          strides[axis] = step;
          step *= gap * (shape[axis] as number);
        }
        const size = offset + step;
        const type = { 1: 'ByteStorage', 4: 'IntStorage', 8: 'DoubleStorage' }[width] as string;
        const Values = { 1: Uint8Array, 4: Int32Array, 8: Float64Array }[width] as Uint8ArrayConstructor;
        const values = Values.from({ length: size }, (_, at) => at);
        const places = shape.reduce<readonly number[]>(
          (from, length, axis) => from.flatMap((at) => Array.from({ length }, (_, index) => at + index * (strides[axis] as number))),
          [offset],
        );
        const file = torchOf(stateOf({ view: { type, key: 'k', size, offset, shape, strides } }), { k: bytesOf(values) });
        expect((await all(file))['view']?.slice(1)).toEqual([shape, places.map((at) => values[at])]);
      }),
      { numRuns: 200 },
    );
  });

  it('reads one tensor by its own bytes alone', async () => {
    const { source, asked } = noted(torchOf(stateOf(views), storages));
    const { tensors } = await openTorchFile(source, 'x.bin');
    const before = asked.length;
    await tensors.get('part')?.read();
    await tensors.get('column')?.read();
    expect(asked.slice(before).map(([begin, end]) => end - begin)).toEqual([30, 8, 16]); // the place of the storage, once
  });
});

/** Many operations. */
const times = (count: number, operation: readonly number[] | ((at: number) => readonly number[])): Uint8Array =>
  Uint8Array.from(Array.from({ length: count }, (_, at) => (typeof operation === 'function' ? operation(at) : operation)).flat());
const record = (...value: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  pickleOf(op.emptyRecord, op.text('w'), ...value, op.setItem);
const call = (module: string, name: string, ...args: readonly (Uint8Array | readonly number[])[]) => [
  ...[op.global(module, name), op.mark, ...args, op.tuple, op.reduce],
];

describe('a pickle that makes anything else', () => {
  const names = 'a pickle of weights must name nothing but what makes tensors.';
  const calls = 'a pickle of weights must call nothing but what makes tensors.';
  const within = 'a tensor must lie within its storage.';
  const form = 'the pickle of a checkpoint must be as torch.save writes it.';
  const tensors = 'a file of weights must be a record of tensors by their names.';
  const storage = 'every storage of the pickle must be in the zip, in its size.';
  const cases: readonly (readonly [what: string, pickle: Uint8Array, problem: string, got?: string])[] = [
    ['a command', record(...call('os', 'system', op.text('true'))), names],
    ['an evaluation', record(...call('builtins', 'eval', op.text('1'))), names],
    ['an attribute', record(...call('torch', 'load', op.text('x'))), names],
    ['an attribute of an object', record(op.global('collections', 'OrderedDict.__init__')), names],
    ['a name of the prototype', record(op.global('__proto__', 'constructor')), names],
    ['a name on the stack', pickleOf(op.text('os'), op.text('system'), [0x93]), names],
    ['an endless name', pickleOf([0x63], times(500, [0x61])), form],
    ['a call of a storage', record(...call('torch', 'FloatStorage', op.integer(1e9))), calls],
    ['a call of a text', record(op.text('os.system'), op.emptyTuple, op.reduce), calls],
    ['a record of arguments', record(...call('collections', 'OrderedDict', op.text('x'))), calls],
    ['a tensor without a storage', record(...call('torch._utils', '_rebuild_tensor_v2', op.integer(1))), calls],
    ['an object', record(op.emptyTuple, [0x81]), form],
    ['an instance', pickleOf(op.mark, [0x69]), form],
    ['an extension', pickleOf([0x82, 1]), form],
    ['a state of a tensor', record(tensorOf(floats([6], [1])), op.emptyRecord, op.build), form],
    ['an id that is no storage', record(op.text('0'), op.persistent), 'a persistent id must mean a storage of torch.'],
    ['a tensor alone', pickleOf(tensorOf(floats([6], [1]))), tensors],
    ['a number among the tensors', record(op.integer(1)), tensors],
    ['a record of records', record(op.emptyRecord), tensors],
    ['a record within itself', pickleOf(op.emptyRecord, op.put(0), op.text('w'), op.get(0), op.setItem), tensors],
    ['a name that is a number', pickleOf(op.emptyRecord, op.integer(1), op.none, op.setItem), form],
    ['a name of the format', pickleOf(op.emptyRecord, op.text('__metadata__'), tensorOf(floats([6], [1])), op.setItem), tensors],
    ['a tensor beyond its storage', record(tensorOf(floats([7], [1]))), within],
    ['an offset beyond it', record(tensorOf(floats([2], [1], 5))), within],
    ['strides beyond it', record(tensorOf(floats([2, 2], [5, 1]))), within],
    ['a tensor of one number, repeated', record(tensorOf(floats([1e9], [0]))), within],
    ['a huge shape', record(tensorOf(floats([2 ** 52, 2 ** 52, 2 ** 52], [0, 0, 0]))), within],
    ['a negative size', record(tensorOf(floats([-1], [1]))), calls],
    ['a negative stride', record(tensorOf(floats([2], [-1], 1))), calls],
    ['strides of fewer axes', record(tensorOf(floats([2, 3], [1]))), calls],
    ['too many axes', record(tensorOf(floats(Array(17).fill(1), Array(17).fill(1)))), calls],
    ['a storage that is larger', record(tensorOf({ ...floats([6], [1]), size: 1e12 })), storage],
    ['a storage that is smaller', record(tensorOf({ ...floats([2], [1]), size: 5 })), storage],
    ['a storage of another dtype', record(tensorOf({ ...floats([6], [1]), type: 'DoubleStorage' })), storage],
    ['a storage that is not there', record(tensorOf({ ...floats([6], [1]), key: '../0' })), storage],
    ['deep marks', pickleOf(times(200_000, op.mark)), form, 'more than 100000 values on the stack'],
    ['deep tuples', pickleOf(op.none, times(100_000, [0x85])), form, 'tuples in tuples, deeper than 8'],
    ['a large stack', pickleOf(times(200_000, op.none)), form, 'more than 100000 values on the stack'],
    ['a large memo', pickleOf(op.none, times(1_000_001, op.put)), form, 'more than 1000000 values in the memo'],
    [
      'very many records',
      pickleOf(times(100_001, [...op.emptyRecord, ...op.emptyRecord, ...op.build, 0x85])),
      form,
      'more than 100000 records',
    ],
    ['very many operations', pickleOf(op.none, times(4_000_001, [0x71, 0])), form, 'more than 4000000 operations'],
    ['a memo of a high number alone', pickleOf(op.get(2 ** 32 - 1)), form],
    ['a text longer than the file', pickleOf([0x58, 0xff, 0xff, 0xff, 0xff]), form],
    ['a text of 2⁶³ bytes', pickleOf([0x8d, ...Array(8).fill(0x7f)]), form],
    ['a text that is no UTF-8', pickleOf([0x58, 1, 0, 0, 0, 0xff]), form],
    ['an integer of 255 bytes', pickleOf([0x8a, 255]), form],
    ['a tuple without its values', pickleOf([0x86]), form],
    ['a tuple without its mark', pickleOf(op.none, op.tuple), form],
    ['a value too many', pickleOf(op.emptyRecord, op.emptyRecord), form],
    ['nothing', new Uint8Array(), form],
    ['another protocol', Uint8Array.of(0x80, 9), form],
  ];

  it.each(cases.map(([what, pickle, problem, got = '']) => [what, pickle, problem, got] as const))(
    'is an error: %s',
    async (_, pickle, problem, got) => {
      const error = await open(torchOf(pickle, { '0': six })).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FileError);
      expect((error as FileError).message).toContain(`openTorchFile: ${problem}\n`);
      expect((error as FileError).got).toContain(got);
      expect((error as FileError).remedy).toContain('convert pytorch_model.bin in Python: import torch; ');
    },
  );

  it('is an error where its tensors share a storage so often that they are far larger than the file', async () => {
    const large = bytesOf(new Float32Array(10_000));
    const tensor: WrittenTensor = { type: 'FloatStorage', key: '0', size: 10_000, shape: [10_000], strides: [1] };
    const shared = (count: number) =>
      torchOf(stateOf(Object.fromEntries(Array.from({ length: count }, (_, at) => [`w${at}`, tensor]))), { '0': large });
    expect((await open(shared(20))).tensors.size).toBe(20);
    await expect(open(shared(200))).rejects.toThrow('the tensors of a file must not be larger than 32 times the file.');
  });
});

describe('a zip', () => {
  const pickle = stateOf({ w: floats([2, 3], [3, 1]), t: floats([3, 2], [1, 3]) });

  it.each([
    ['compressed', torchOf(pickle, { '0': six }, { method: 8 }), 'the members of the zip must be stored as they are.'],
    ['without a pickle', zipOf([['archive/version', six]]), 'the zip must hold one pickle of torch.'],
    ['with two', zipOf([['a/data.pkl', pickle] as const, ['b/data.pkl', pickle] as const]), 'the zip must hold one pickle of torch.'],
    [
      'with a name twice',
      zipOf([['a/data.pkl', pickle] as const, ['a/data.pkl', pickle] as const]),
      'the directory of the zip must lead to its members.',
    ],
    [
      'of another byte order',
      zipOf([
        ['a/data.pkl', pickle],
        ['a/byteorder', new TextEncoder().encode('big')],
      ]),
      'lowest byte first.',
    ],
    ['that is none', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1'), 'the file must be a zip'],
    ['that is empty', new Uint8Array(), 'the file must be a zip'],
  ] as const)('%s is an error', async (_, bytes, problem) => {
    const error = await open(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FileError);
    expect((error as FileError).message).toContain(problem);
  });

  it('that was cut off anywhere is an error', async () => {
    for (const wide of [false, true]) {
      const bytes = torchOf(pickle, { '0': six }, { wide });
      for (let length = 0; length < bytes.length; length++) await expect(all(bytes.slice(0, length))).rejects.toThrow(FileError);
    }
  });

  it('with bytes changed is read within its bounds, or is one of our errors', async () => {
    const files = [false, true].map((wide) => torchOf(pickle, { '0': six }, { wide }));
    const change = fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x28, 0x2e, 0x52, 0x63, 0x71, 0x7f, 0x85, 0xff)));
    const ends = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 4 }), async (file, changes) => {
        const bytes = file.slice();
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        try {
          const read = await all(bytes);
          const numbers = Object.values(read).reduce((sum, [, , values]) => sum + (values as readonly unknown[]).length, 0);
          expect(numbers).toBeLessThanOrEqual(32 * bytes.length);
          ends.read++;
        } catch (error) {
          if (!(error instanceof FileError)) throw error;
          ends.refused++;
        }
      }),
      { numRuns: 3000, seed: 20 },
    );
    expect(Math.min(ends.read, ends.refused)).toBeGreaterThan(100);
  });
});
