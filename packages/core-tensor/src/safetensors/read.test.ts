import { describe, expect, it } from 'vitest';
import { fileOf } from '../../test/safetensors-bytes.ts';
import { FileError } from '../error/index.ts';
import { readSafetensors } from './read.ts';
import { writeSafetensors } from './write.ts';

const a = '"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}';
const again = 'check that this is a safetensors file (not a web page, nor a Git LFS pointer), and fetch it again.';
const write = 'write the file again with a safetensors library.';
const json = {
  expected: '{"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}',
  remedy: 'check that this is a safetensors file, and that it was fetched whole and as bytes.',
};
const utf8 = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const everyDtype =
  'BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, ' +
  'I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64';
const length = (bytes: bigint): Uint8Array => new Uint8Array(new BigUint64Array([bytes, 0n]).buffer);

describe('readSafetensors', () => {
  it('reads names in the header’s order, metadata, and views of its own bytes', () => {
    const file = fileOf(
      '{"10":{"dtype":"U8","shape":[1,2],"data_offsets":[4,6]},"__metadata__":{"format":"pt","__proto__":"x"},' +
        '"2":{"data_offsets":[0,4],"shape":[],"dtype":"I32","later":{"a":[1]}},"é":{"dtype":"F32","shape":[3,0],"data_offsets":[6,6]}}   ',
      6,
    );
    const { metadata, tensors } = readSafetensors(file);
    expect(Object.entries(metadata)).toEqual([
      ['format', 'pt'],
      ['__proto__', 'x'],
    ]);
    expect([...tensors].map(([name, entry]) => [name, entry.name, entry.dtype, entry.shape, [...entry.values()]])).toEqual([
      ['10', '10', 'U8', [1, 2], [4, 5]],
      ['2', '2', 'I32', [], [0x03020100]],
      ['é', 'é', 'F32', [3, 0], []],
    ]);
    expect(tensors.get('10')?.values().buffer).toBe(file.buffer);
  });

  it.each([0, 1, 2, 3, 5])(
    'reads a file that begins %i bytes into its buffer, as views where they are aligned and else as copies',
    (shift) => {
      const content = writeSafetensors({
        tensors: {
          f: { dtype: 'F32', shape: [2], values: Float32Array.of(1.5, -2) },
          h: { dtype: 'F16', shape: [2], values: Float32Array.of(0.5, 3) },
          l: { dtype: 'I64', shape: [1], values: BigInt64Array.of(-7n) },
        },
      });
      const shifted = new Uint8Array(content.length + shift).subarray(shift);
      shifted.set(content);
      const { tensors } = readSafetensors(shifted);
      expect([...tensors.values()].map((entry) => [...entry.values()])).toEqual([[-7n], [1.5, -2], [0.5, 3]]);
      expect(tensors.get('f')?.values().buffer === shifted.buffer).toBe(shift === 0);
    },
  );

  it('reads a file without tensors, and an ArrayBuffer', () => {
    expect(readSafetensors(fileOf('{}'))).toEqual({ metadata: {}, tensors: new Map() });
    const { buffer } = fileOf(`{${a}}`, 2);
    expect([
      ...(readSafetensors(buffer as ArrayBuffer)
        .tensors.get('a')
        ?.values() ?? []),
    ]).toEqual([0, 1]);
  });

  it.each<[string, Uint8Array, string, string, string, string]>([
    [
      'of seven bytes',
      new Uint8Array(7),
      'the file must be at least 8 bytes.',
      'at least 8 bytes, the length of the header',
      '7 bytes',
      again,
    ],
    [
      'with a header beyond 100 MB',
      length(100_000_001n),
      'the header must be at most 100 MB.',
      'at most 100000000 bytes, in the first 8 bytes of the file',
      '100000001 bytes',
      again,
    ],
    [
      'with a header of 2⁶⁴ − 1 bytes',
      length(2n ** 64n - 1n),
      'the header must be at most 100 MB.',
      'at most 100000000 bytes, in the first 8 bytes of the file',
      '18446744073709551615 bytes',
      again,
    ],
    ['cut off in its header', length(9n), 'the file must hold its whole header.', 'at least 17 bytes', '16 bytes', again],
    ['with an empty header', length(0n), 'the header must begin with {.', 'a JSON object from byte 8 on', 'an empty header', again],
    [
      'with an empty header and no more',
      fileOf(''),
      'the header must begin with {.',
      'a JSON object from byte 8 on',
      'an empty header',
      again,
    ],
    ['with a space first', fileOf(' {}'), 'the header must begin with {.', 'a JSON object from byte 8 on', 'byte 32', again],
    ['with a list for a header', fileOf('[]'), 'the header must begin with {.', 'a JSON object from byte 8 on', 'byte 91', again],
    ['with a byte order mark', fileOf('\ufeff{}'), 'the header must begin with {.', 'a JSON object from byte 8 on', 'byte 239', again],
    [
      'with a header that is not UTF-8',
      fileOf(utf8(0x7b, 0x22, 0xff, 0x22)),
      'the header must be UTF-8.',
      'JSON in UTF-8',
      'other bytes',
      again,
    ],
    [
      'with half a header',
      fileOf(`{${a}`, 2),
      'the header must be a JSON object of the safetensors format.',
      json.expected,
      'the end where , was expected',
      json.remedy,
    ],
    [
      'with bytes 0 after the header’s object',
      fileOf('{}\0\0'),
      'the header must be a JSON object of the safetensors format.',
      json.expected,
      '"\\u0000" at character 2, after the end of the object',
      json.remedy,
    ],
    [
      'with a number for a tensor',
      fileOf('{"a":1}'),
      'the tensor "a" must be a JSON object of the safetensors format.',
      json.expected,
      '"1" at character 0 where { was expected',
      json.remedy,
    ],
    ['with a name twice', fileOf(`{${a},${a}}`, 4), 'the names of tensors must be unique.', 'each name once', '"a" twice', write],
    [
      'with a name twice, escaped',
      fileOf(`{${a},"\\u0061":{}}`),
      'the names of tensors must be unique.',
      'each name once',
      '"a" twice',
      write,
    ],
    [
      'with half of a surrogate pair in a name',
      fileOf('{"\\ud800":{}}'),
      'the name of a tensor must be valid Unicode.',
      'no half of a surrogate pair',
      '"\\ud800"',
      write,
    ],
    [
      'with a number in its metadata',
      fileOf('{"__metadata__":{"step":7}}'),
      'the keys and values of __metadata__ must be strings of valid Unicode.',
      'strings of Unicode',
      '"step": 7',
      write,
    ],
    [
      'with a key twice in its metadata',
      fileOf('{"__metadata__":{"k":"1","k":"2"}}'),
      'the keys of __metadata__ must be unique.',
      'each key once',
      '"k" twice',
      write,
    ],
    [
      'with a tensor for metadata',
      fileOf('{"__metadata__":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 2),
      'the keys and values of __metadata__ must be strings of valid Unicode.',
      'strings of Unicode',
      '"shape": [2]',
      write,
    ],
    [
      'with a field twice',
      fileOf('{"a":{"dtype":"U8","dtype":"I32","shape":[2],"data_offsets":[0,2]}}', 2),
      'the fields of the tensor "a" must be unique.',
      'dtype, shape and data_offsets once each',
      '"dtype" twice',
      write,
    ],
    [
      'with an unknown dtype',
      fileOf('{"a":{"dtype":"F128","shape":[2],"data_offsets":[0,2]}}', 2),
      `the dtype of the tensor "a" must be one of ${everyDtype}.`,
      everyDtype,
      '"F128"',
      'convert the tensor to one of these; torch: tensor.to(torch.float32).',
    ],
    [
      'without a dtype',
      fileOf('{"a":{"shape":[2],"data_offsets":[0,2]}}', 2),
      `the dtype of the tensor "a" must be one of ${everyDtype}.`,
      everyDtype,
      'none',
      'convert the tensor to one of these; torch: tensor.to(torch.float32).',
    ],
    ...['[-1]', '[1.5]', '["2"]', '[null]', '[[2]]', '2', 'null', '[9007199254740992]', '[9007199254740991,9007199254740991,0]'].map(
      (shape): [string, Uint8Array, string, string, string, string] => [
        `with the shape ${shape}`,
        fileOf(`{"a":{"dtype":"I64","shape":${shape},"data_offsets":[0,2]}}`, 2),
        'the shape of the tensor "a" must be a list of integers of at least 0.',
        'a list of integers, at most 2⁵³ − 1 bytes in all',
        shape,
        write,
      ],
    ),
    ...['[0]', '[0,2,4]', '[2,0]', '[-2,0]', '[0,2.5]', '["0","2"]', '{"0":0}', '[0,9007199254740993]'].map(
      (offsets): [string, Uint8Array, string, string, string, string] => [
        `with the offsets ${offsets}`,
        fileOf(`{"a":{"dtype":"U8","shape":[2],"data_offsets":${offsets}}}`, 2),
        'the offsets of the tensor "a" must be two ascending integers.',
        'two integers, the second not below the first',
        offsets,
        write,
      ],
    ),
    [
      'with an odd number of F4',
      fileOf('{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}', 2),
      'the elements of the tensor "a" must fill whole bytes.',
      'a multiple of 2 elements (F4)',
      '3 ([3])',
      write,
    ],
    [
      'with an F6 that is no list',
      fileOf('{"a":{"dtype":"F6_E2M3","shape":[],"data_offsets":[0,1]}}', 1),
      'the elements of the tensor "a" must fill whole bytes.',
      'a multiple of 4 elements (F6_E2M3)',
      '1 ([])',
      write,
    ],
    [
      'with the largest number of F6, which a count of its bits would round',
      fileOf('{"a":{"dtype":"F6_E3M2","shape":[9007199254740991],"data_offsets":[0,2]}}', 2),
      'the elements of the tensor "a" must fill whole bytes.',
      'a multiple of 4 elements (F6_E3M2)',
      '9007199254740991 ([9007199254740991])',
      write,
    ],
    [
      'with a byte for each F4',
      fileOf('{"a":{"dtype":"F4","shape":[4],"data_offsets":[0,4]}}', 4),
      'the offsets of the tensor "a" must span the bytes of its shape.',
      '2 bytes (F4 [4])',
      '4 bytes (0 … 4)',
      write,
    ],
    [
      'with offsets that do not fit the shape',
      fileOf('{"a":{"dtype":"I32","shape":[2,3],"data_offsets":[0,20]}}', 20),
      'the offsets of the tensor "a" must span the bytes of its shape.',
      '24 bytes (I32 [2, 3])',
      '20 bytes (0 … 20)',
      write,
    ],
    [
      'with a gap at the start',
      fileOf('{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}', 3),
      'the tensor "a" must begin where the one before it ends.',
      'an offset of 0, where the data begins',
      '1',
      write,
    ],
    [
      'with a gap between',
      fileOf(`{"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]},${a}}`, 4),
      'the tensor "b" must begin where the one before it ends.',
      'an offset of 2, where "a" ends',
      '3',
      write,
    ],
    [
      'with tensors that overlap',
      fileOf(`{"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},${a}}`, 3),
      'the tensor "b" must begin where the one before it ends.',
      'an offset of 2, where "a" ends',
      '1',
      write,
    ],
    [
      'cut off in its data',
      fileOf(`{${a}}`, 1),
      'the file must hold all bytes of its tensors.',
      '2 bytes of tensors after the header',
      '1',
      'fetch or copy the file again.',
    ],
    [
      'with a tensor of 2⁵⁰ bytes that are not there',
      fileOf('{"a":{"dtype":"F32","shape":[281474976710656],"data_offsets":[0,1125899906842624]}}', 8),
      'the file must hold all bytes of its tensors.',
      '1125899906842624 bytes of tensors after the header',
      '8',
      'fetch or copy the file again.',
    ],
    [
      'with bytes after its last tensor',
      fileOf(`{${a}}`, 3),
      'the file must end with its last tensor.',
      '2 bytes of tensors after the header',
      '3',
      'fetch or copy the file again.',
    ],
  ])('rejects a file %s', (_, file, problem, expected, got, remedy) => {
    expect(() => readSafetensors(file)).toThrow(new FileError({ caller: 'readSafetensors', problem, expected, got, remedy }));
  });

  it('rejects an entry of 100,001 characters before it parses its values', () => {
    const shape = `[${'[['.repeat(50_000)}`;
    expect(() => readSafetensors(fileOf(`{"a":{"dtype":"U8","shape":${shape}`))).toThrow(
      /the entry of the tensor "a" must be at most 100000 characters\./,
    );
    const deep = `{"a":{"dtype":"U8","shape":${'['.repeat(49_000)}${']'.repeat(49_000)},"data_offsets":[0,0]}}`;
    expect(() => readSafetensors(fileOf(deep))).toThrow(/the shape of the tensor "a" must be a list of integers of at least 0\./);
  });

  it('rejects a BOOL that is neither 0 nor 1 when it is read', () => {
    const { tensors } = readSafetensors(fileOf('{"a":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}', 3));
    expect(() => tensors.get('a')?.values()).toThrow(
      new FileError({
        caller: 'readSafetensors',
        problem: 'the BOOLs of the tensor "a" must be 0 or 1.',
        expected: '0 or 1',
        got: '2 at element 2',
        remedy: again,
      }),
    );
  });
});
