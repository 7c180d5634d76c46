import { effort } from '@longspan/tooling/expect';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileError } from '../error/index.ts';
import { fromBfloat16, fromFloat16 } from './half-precision.ts';
import { readSafetensors } from './read.ts';
import { fromSmallFloat } from './small-float.ts';
import { type SafetensorsTensor, writeSafetensors } from './write.ts';

const anyShape = fc.array(fc.nat(4), { maxLength: 4 });
const anyName = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__metadata__');
const filled = <Values>(length: number, each: fc.Arbitrary<Values>): fc.Arbitrary<Values[]> =>
  fc.array(each, { minLength: length, maxLength: length });

/** Any tensor whose values its dtype holds exactly. */
const anyTensor: fc.Arbitrary<SafetensorsTensor> = anyShape.chain((shape) => {
  const length = shape.reduce((count, size) => count * size, 1);
  const halves = filled(length, fc.nat(0xffff)).map((all) => Uint16Array.from(all));
  return fc.oneof<fc.Arbitrary<SafetensorsTensor>[]>(
    filled(length, fc.float()).map((values) => ({ dtype: 'F32', shape, values: Float32Array.from(values) })),
    halves.map((all) => ({ dtype: 'F16', shape, values: fromFloat16(all) })),
    halves.map((all) => ({ dtype: 'BF16', shape, values: fromBfloat16(all) })),
    filled(length, fc.integer()).map((values) => ({ dtype: 'I32', shape, values: Int32Array.from(values) })),
    filled(length, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map((values) => ({
      dtype: 'I64',
      shape,
      values: BigInt64Array.from(values),
    })),
    ...(
      [
        ['I8', Int8Array],
        ['I16', Int16Array],
        ['U16', Uint16Array],
        ['U32', Uint32Array],
        ['F64', Float64Array],
        ['U64', BigUint64Array],
      ] as const
    ).map(([dtype, Values]) =>
      fc
        .uint8Array({ minLength: length * Values.BYTES_PER_ELEMENT, maxLength: length * Values.BYTES_PER_ELEMENT })
        .map((bytes) => ({ dtype, shape, values: new Values(bytes.slice().buffer) }) as SafetensorsTensor),
    ),
    // Codes at random, without those of NaN, whose payloads are not kept.
    ...(['F8_E5M2', 'F8_E4M3', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'] as const).map((dtype) =>
      filled(length, fc.nat(123)).map((codes) => ({ dtype, shape, values: fromSmallFloat(dtype, Uint8Array.from(codes)) })),
    ),
    ...(['F4', 'F6_E2M3', 'F6_E3M2'] as const).map((dtype) =>
      fc
        .uint8Array({ minLength: 3 * length, maxLength: 3 * length })
        .map((bytes) => ({ dtype, shape: [...shape, dtype === 'F4' ? 6 : 4], values: fromSmallFloat(dtype, bytes) })),
    ),
    filled(2 * length, fc.float()).map((values) => ({ dtype: 'C64', shape, values: Float32Array.from(values) })),
    filled(length, fc.nat(1)).map((values) => ({ dtype: 'BOOL', shape, values: Uint8Array.from(values) })),
    filled(length, fc.nat(255)).map((values) => ({ dtype: 'U8', shape, values: Uint8Array.from(values) })),
  );
});

/** As the reference implementation orders them. */
const everyDtype =
  'BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, ' +
  'I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64';

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength));
const textOf = (file: Uint8Array): string =>
  new TextDecoder().decode(file.subarray(8, 8 + Number(new DataView(file.buffer).getBigUint64(0, true))));

describe('writeSafetensors', () => {
  it('of any tensors and metadata is read back the same, bit for bit', () => {
    const anyMetadata = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), { noNullPrototype: true });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(anyName, anyTensor), { selector: ([name]) => name, maxLength: 6 }),
        anyMetadata,
        (named, metadata) => {
          const file = writeSafetensors({ tensors: new Map(named), metadata });
          const read = readSafetensors(file);
          expect(read.metadata).toEqual(metadata);
          expect(read.tensors.size).toBe(named.length);
          for (const [name, { dtype, shape, values }] of named) {
            const entry = read.tensors.get(name);
            expect([entry?.dtype, entry?.shape]).toEqual([dtype, shape]);
            expect(bytesOf(entry?.values() as ArrayBufferView)).toEqual(bytesOf(values));
          }
          expect(writeSafetensors({ tensors: new Map([...named].reverse()), metadata })).toEqual(file);
        },
      ),
      { numRuns: effort(150, 500) },
    );
  });

  it('puts metadata first, then tensors by descending alignment, then by name, after a header of a multiple of 8 bytes', () => {
    const one = { shape: [1] };
    const file = writeSafetensors({
      tensors: {
        7: { ...one, dtype: 'BOOL', values: Uint8Array.of(1) },
        u: { ...one, dtype: 'U8', values: Uint8Array.of(2) },
        h: { ...one, dtype: 'F16', values: Float32Array.of(1) },
        b: { ...one, dtype: 'BF16', values: Float32Array.of(1) },
        i: { ...one, dtype: 'I32', values: Int32Array.of(-1) },
        g: { ...one, dtype: 'F32', values: Float32Array.of(1) },
        f: { ...one, dtype: 'F32', values: Float32Array.of(2) },
        l: { ...one, dtype: 'I64', values: BigInt64Array.of(-2n) },
      },
      metadata: { format: 'pt' },
    });
    const text = textOf(file);
    const entry = (name: string, dtype: string, begin: number, end: number): string =>
      `"${name}":{"dtype":"${dtype}","shape":[1],"data_offsets":[${begin},${end}]}`;
    const order = [
      entry('l', 'I64', 0, 8),
      entry('f', 'F32', 8, 12),
      entry('g', 'F32', 12, 16),
      entry('i', 'I32', 16, 20),
      entry('b', 'BF16', 20, 22),
      entry('h', 'F16', 22, 24),
      entry('u', 'U8', 24, 25),
      entry('7', 'BOOL', 25, 26),
    ];
    expect(text.trimEnd()).toBe(`{"__metadata__":{"format":"pt"},${order.join()}}`);
    expect(text.length % 8).toBe(0);
    expect(Buffer.from(file.subarray(8 + text.length)).toString('hex')).toBe(
      'feffffffffffffff' + '00000040' + '0000803f' + 'ffffffff' + '803f' + '003c' + '02' + '01',
    );
  });

  it('rounds F16 and BF16 to the nearest, ties to even', () => {
    const values = Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1e-8, 1e6, -0.1);
    const file = writeSafetensors({ tensors: { h: { dtype: 'F16', shape: [5], values }, b: { dtype: 'BF16', shape: [5], values } } });
    const { tensors } = readSafetensors(file);
    expect([...(tensors.get('h')?.values() ?? [])]).toEqual([1, 1 + 2 ** -9, 0, Number.POSITIVE_INFINITY, -0.0999755859375]);
    expect([...(tensors.get('b')?.values() ?? [])]).toEqual([1, 1, 1.0011717677116394e-8, 999424, -0.10009765625]);
  });

  it('of nothing is a header of nothing', () => {
    expect(textOf(writeSafetensors({ tensors: {} }))).toBe('{}      ');
  });

  const values = Float32Array.of(1, 2);
  it.each<[string, Parameters<typeof writeSafetensors>[0], string, string, string, string]>([
    [
      'the reserved name',
      { tensors: { __metadata__: { dtype: 'F32', shape: [2], values } } },
      'the name of a tensor must be valid Unicode other than __metadata__.',
      'Unicode, and not __metadata__',
      '"__metadata__"',
      'rename the tensor.',
    ],
    [
      'half of a surrogate pair in a name',
      { tensors: { 'a\ud800': { dtype: 'F32', shape: [2], values } } },
      'the name of a tensor must be valid Unicode other than __metadata__.',
      'Unicode, and not __metadata__',
      '"a\\ud800"',
      'rename the tensor.',
    ],
    [
      'an unknown dtype',
      { tensors: { w: { dtype: 'C128' as 'F32', shape: [2], values } } },
      `the dtype of the tensor "w" must be one of ${everyDtype}.`,
      everyDtype,
      '"C128"',
      'give one of these.',
    ],
    [
      'values of another kind',
      { tensors: { w: { dtype: 'I64', shape: [2], values: values as Float32Array & BigInt64Array } } },
      'the values of the tensor "w" must be a BigInt64Array.',
      'BigInt64Array (I64)',
      'Float32Array',
      'give BigInt64Array.from(values).',
    ],
    [
      'another number of values than its shape has',
      { tensors: { w: { dtype: 'F32', shape: [2, 3], values } } },
      'the values of the tensor "w" must fill its shape.',
      '6 elements ([2, 3])',
      '2',
      'give the shape that the values have.',
    ],
    [
      'an invalid shape',
      { tensors: { w: { dtype: 'F32', shape: [-1, -2], values } } },
      'the values of the tensor "w" must fill its shape.',
      'a shape of integers',
      '[-1, -2]',
      'give the shape that the values have.',
    ],
    [
      'a BOOL of 2',
      { tensors: { w: { dtype: 'BOOL', shape: [2], values: Uint8Array.of(1, 2) } } },
      'the BOOLs of the tensor "w" must be 0 or 1.',
      '0 or 1',
      '2 at element 1',
      'give 0 or 1, or dtype U8.',
    ],
    [
      'three elements of F4',
      { tensors: { w: { dtype: 'F4', shape: [3], values: Float32Array.of(1, 2, 3) } } },
      'the elements of the tensor "w" must fill whole bytes.',
      'a multiple of 2 elements (F4)',
      '3 ([3])',
      'pad the tensor, or give dtype F16.',
    ],
    [
      'six elements of F6',
      { tensors: { w: { dtype: 'F6_E3M2', shape: [2, 3], values: new Float32Array(6) } } },
      'the elements of the tensor "w" must fill whole bytes.',
      'a multiple of 4 elements (F6_E3M2)',
      '6 ([2, 3])',
      'pad the tensor, or give dtype F16.',
    ],
    [
      'a NaN for F4, which has none',
      { tensors: { w: { dtype: 'F4', shape: [2], values: Float32Array.of(1, Number.NaN) } } },
      'the values of the tensor "w" must be finite.',
      'finite numbers (F4 has no infinity and no NaN)',
      'NaN at element 1',
      'give dtype F8_E5M2 or F16.',
    ],
    [
      'a 3 for F8_E8M0',
      { tensors: { w: { dtype: 'F8_E8M0', shape: [2], values: Float32Array.of(4, 3) } } },
      'the values of the tensor "w" must be powers of two.',
      '2⁻¹²⁷ … 2¹²⁷, or NaN (F8_E8M0 is an exponent alone)',
      '3 at element 1',
      'give 2 ** Math.round(Math.log2(value)), or dtype BF16.',
    ],
    [
      'half of the numbers of a C64',
      { tensors: { w: { dtype: 'C64', shape: [2], values } } },
      'the values of the tensor "w" must fill its shape.',
      '4 numbers, two for each element ([2])',
      '2',
      'give the shape that the values have.',
    ],
    [
      'metadata that is not a string',
      { tensors: {}, metadata: { step: 7 as number & string } },
      'the keys and values of metadata must be strings of valid Unicode.',
      'strings of Unicode',
      '"step": number',
      'give JSON.stringify(value) for what is not a string.',
    ],
  ])('rejects %s', (_, content, problem, expected, got, remedy) => {
    expect(() => writeSafetensors(content)).toThrow(new FileError({ caller: 'writeSafetensors', problem, expected, got, remedy }));
  });
});
