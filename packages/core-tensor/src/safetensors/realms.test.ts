import { runInNewContext } from 'node:vm';
import { withBackend } from '@longspan/tooling/expect';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileOf } from '../../test/safetensors-bytes.ts';
import { readSafetensors } from './read.ts';
import { toTensor } from './to-tensor.ts';
import { writeSafetensors } from './write.ts';

const f32 = '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}';

describe('a file in a Buffer of Node, whose slice is a view', () => {
  it('is read where its tensors are not aligned', () => {
    // A header of 54 bytes: the data begins at byte 62.
    const bytes = Buffer.from(fileOf(`{${f32}}`.padEnd(54), 8));
    expect(bytes.length).toBe(70);
    bytes.writeFloatLE(1.5, 62);
    bytes.writeFloatLE(-2, 66);
    expect(readSafetensors(bytes).tensors.get('a')?.values()).toEqual(Float32Array.of(1.5, -2));
  });

  beforeAll(() => withBackend('cpu'));
  it.each(['BOOL', 'U8', 'I8'])('gives tensors that do not change with the buffer: %s', async (dtype) => {
    const bytes = Buffer.from(fileOf(`{"a":{"dtype":"${dtype}","shape":[1],"data_offsets":[0,1]}}`, 1));
    bytes[bytes.length - 1] = 1;
    const made = toTensor(readSafetensors(bytes).tensors.get('a')!);
    bytes.fill(0);
    expect([...(await made.data())]).toEqual([1]);
  });
});

describe('values of another realm', () => {
  it('are written and read like our own', () => {
    const { values, tensors, bytes, buffer } = runInNewContext(
      `
      const values = Float32Array.of(1.5, -2);
      const bytes = Uint8Array.from(file);
      ({ values, tensors: new Map([['a', { dtype: 'F32', shape: [2], values }]]), bytes, buffer: bytes.buffer })
    `,
      { file: Array.from(fileOf('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 2)) },
    );
    const own = writeSafetensors({ tensors: { a: { dtype: 'F32', shape: [2], values: Float32Array.of(1.5, -2) } } });
    expect(writeSafetensors({ tensors: { a: { dtype: 'F32', shape: [2], values } } })).toEqual(own);
    expect(writeSafetensors({ tensors })).toEqual(own);
    for (const given of [bytes, buffer]) expect(readSafetensors(given).tensors.get('a')?.values()).toEqual(Uint8Array.of(0, 1));
  });
});

describe('what is not the bytes of a file', () => {
  it.each([
    ['a path', 'model.safetensors', 'the text "model.safetensors"'],
    ['a Blob', new Blob(['x']), 'a Blob'],
    ['a DataView', new DataView(new ArrayBuffer(8)), 'a DataView'],
    ['other elements', new Float32Array(4), 'a Float32Array'],
    ['a list', [1, 2], '[1,2]'],
    ['nothing', undefined, 'undefined'],
  ])('is told so: %s', (_, given, got) => {
    expect(() => readSafetensors(given as unknown as Uint8Array)).toThrow(`readSafetensors: the file must be given as its bytes.
  expected  a Uint8Array or an ArrayBuffer
  got       ${got}
  remedy    read it first:`);
  });
});

describe('a header with very many entries', () => {
  const many = (count: number, entry: (at: number) => string): string => Array.from({ length: count }, (_, at) => entry(at)).join(',');

  it('is read up to 100,000 tensors, and refused beyond', () => {
    const file = (count: number) => fileOf(`{${many(count, (at) => `"${at}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)}}`);
    expect(readSafetensors(file(100_000)).tensors.size).toBe(100_000);
    expect(() => readSafetensors(file(100_001))).toThrow('a file must have at most 100000 tensors.');
  });

  it('is refused beyond 100,000 entries of metadata', () => {
    expect(() => readSafetensors(fileOf(`{"__metadata__":{${many(100_001, (at) => `"${at}":""`)}}}`))).toThrow(
      'a file must have at most 100000 entries of __metadata__.',
    );
  });

  it('is answered in a message of bounded length', () => {
    const name = 'x'.repeat(1e6);
    const message = (() => {
      try {
        readSafetensors(fileOf(`{"${name}":{"dtype":"Q4","shape":[0],"data_offsets":[0,0]}}`));
        return '';
      } catch (error) {
        return String(error);
      }
    })();
    expect(message).toContain('the dtype of the tensor');
    expect(message.length).toBeLessThan(1000);
  });
});

it('a buffer that went to a worker is told so, whole or as a view', () => {
  const { buffer } = fileOf('{}');
  const view = new Uint8Array(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  for (const bytes of [buffer as ArrayBuffer, view]) {
    expect(() => readSafetensors(bytes)).toThrow('readSafetensors: the buffer of the file must be there.');
  }
});
