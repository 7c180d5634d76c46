import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileOf } from '../../test/safetensors-bytes.ts';
import { FileError } from '../error/index.ts';
import { type ByteSource, openSafetensors } from './open.ts';
import { readSafetensors } from './read.ts';
import { openShards } from './shards.ts';
import { writeSafetensors } from './write.ts';

const bytesOf = (tensors: Readonly<Record<string, readonly number[]>>): Uint8Array<ArrayBuffer> =>
  writeSafetensors({
    tensors: new Map(
      Object.entries(tensors).map(([name, values]) => [name, { dtype: 'F32', shape: [values.length], values: Float32Array.from(values) }]),
    ),
    metadata: { format: 'pt' },
  });

/** A source that notes which bytes it is asked for. */
function noted(bytes: Uint8Array): { readonly source: ByteSource; readonly asked: (readonly [number, number])[] } {
  const asked: (readonly [number, number])[] = [];
  const read = async (begin: number, end: number): Promise<Uint8Array> => {
    asked.push([begin, end]);
    return bytes.slice(begin, end);
  };
  return { source: { size: bytes.length, read }, asked };
}

describe('openSafetensors', () => {
  it('gives what readSafetensors gives, from a Blob and from ranges, and reads each byte once at the most', async () => {
    const anyFile = fc.dictionary(fc.string({ maxLength: 6 }), fc.array(fc.float({ noNaN: true }), { maxLength: 5 }), { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(anyFile, async (tensors) => {
        const bytes = bytesOf(tensors);
        const whole = readSafetensors(bytes);
        const { source, asked } = noted(bytes);
        for (const given of [source, new Blob([bytes])]) {
          const file = await openSafetensors(given);
          expect(file.metadata).toEqual(whole.metadata);
          expect([...file.tensors.keys()]).toEqual([...whole.tensors.keys()]);
          for (const [name, opened] of file.tensors) {
            const expected = whole.tensors.get(name);
            expect([opened.name, opened.dtype, opened.shape]).toEqual([name, expected?.dtype, expected?.shape]);
            expect((await opened.read()).values()).toEqual(expected?.values());
          }
        }
        const [first, ...rest] = asked;
        expect(first).toEqual([0, 9]);
        const inOrder = [...rest].sort(([a], [b]) => a - b);
        expect(inOrder[0]?.[0]).toBe(8);
        for (const [at, [begin]] of inOrder.entries()) if (at > 0) expect(begin).toBe(inOrder[at - 1]?.[1]);
      }),
      { numRuns: 100 },
    );
  });

  it('gives what readSafetensors gives of every dtype, whole and in parts', async () => {
    const bytes = fileOf(
      '{"f4":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]},"e2m3":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[3,6]},' +
        '"e3m2":{"dtype":"F6_E3M2","shape":[2,2],"data_offsets":[6,9]},"e8m0":{"dtype":"F8_E8M0","shape":[1],"data_offsets":[9,10]},' +
        '"e4m3":{"dtype":"F8_E4M3FNUZ","shape":[1],"data_offsets":[10,11]},"e5m2":{"dtype":"F8_E5M2FNUZ","shape":[1],"data_offsets":[11,12]},' +
        '"c64":{"dtype":"C64","shape":[1],"data_offsets":[12,20]}}',
      20,
    );
    const whole = readSafetensors(bytes);
    // The data are the bytes 0, 1, 2 … 19.
    expect([...whole.tensors].map(([name, entry]) => [name, entry.dtype, ...[...entry.values()].slice(0, 6)])).toEqual([
      ['f4', 'F4', 0, 0, 0.5, 0, 1, 0],
      ['e2m3', 'F6_E2M3', 0.375, 2, 2, 0.125], // 0x050403: from the highest bit 000001 010000 010000 000011
      ['e3m2', 'F6_E3M2', 0.375, 16, 0, 0.125],
      ['e8m0', 'F8_E8M0', 2 ** -118],
      ['e4m3', 'F8_E4M3FNUZ', 1.25 * 2 ** -7],
      ['e5m2', 'F8_E5M2FNUZ', 1.75 * 2 ** -14],
      ['c64', 'C64', ...new Float32Array(Uint8Array.of(12, 13, 14, 15, 16, 17, 18, 19).buffer)],
    ]);
    const file = await openSafetensors(noted(bytes).source);
    for (const [name, opened] of file.tensors) expect((await opened.read()).values()).toEqual(whole.tensors.get(name)?.values());
  });

  it('reads one tensor by its own bytes alone', async () => {
    const bytes = bytesOf({ a: [1, 2], b: [3, 4, 5] });
    const { source, asked } = noted(bytes);
    const file = await openSafetensors(source);
    expect(asked.length).toBe(2);
    expect([...((await file.tensors.get('b')?.read())?.values() ?? [])]).toEqual([3, 4, 5]);
    expect(asked.slice(2).map(([begin, end]) => end - begin)).toEqual([12]);
  });

  it('says what a file has wrong as readSafetensors does, in its own name', async () => {
    const bytes = bytesOf({ a: [1, 2] });
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.slice(0, length);
      let expected = 'read';
      try {
        readSafetensors(cut);
      } catch (error) {
        expected = (error as Error).message.replace('readSafetensors', 'openSafetensors');
      }
      const found = await openSafetensors(new Blob([cut])).then(
        () => 'read',
        (error: Error) => error.message,
      );
      expect(found).toBe(expected);
    }
  });

  it('says that a source gives other bytes than it was asked for, as a server does that knows no ranges', async () => {
    const bytes = bytesOf({ a: [1, 2] });
    const whole = { size: bytes.length, read: async () => bytes };
    await expect(openSafetensors(whole)).rejects.toThrow('openSafetensors: the source must give the bytes that it is asked for.');
    await expect(openSafetensors({ size: 9 } as never)).rejects.toThrow('openSafetensors: the source must give ranges of bytes.');
    await expect(openSafetensors({ size: 9, read: async () => 'text' as never })).rejects.toThrow(FileError);
  });
});

describe('openShards', () => {
  const files: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
    'model-00001-of-00002.safetensors': bytesOf({ a: [1], spare: [9] }),
    'model-00002-of-00002.safetensors': bytesOf({ b: [2, 3], c: [4] }),
  };
  const open = (name: string): Blob => new Blob([files[name] as Uint8Array<ArrayBuffer>]);
  const indexOf = (map: Readonly<Record<string, unknown>>): string => JSON.stringify({ metadata: { total_size: 16 }, weight_map: map });
  const [first, second] = Object.keys(files);

  it('gives the tensors of all files in the order of the index, each file opened once', async () => {
    const opened: string[] = [];
    const file = await openShards(indexOf({ c: second, a: first, b: second }), (name) => {
      opened.push(name);
      return open(name);
    });
    expect(opened.sort()).toEqual([first, second]);
    expect(file.metadata).toEqual({ format: 'pt' });
    const read = await Promise.all([...file.tensors].map(async ([name, entry]) => [name, [...(await entry.read()).values()]]));
    expect(read).toEqual([
      ['c', [4]],
      ['a', [1]],
      ['b', [2, 3]],
    ]);
  });

  it('refuses a tensor that its file lacks', async () => {
    await expect(openShards(indexOf({ a: second }), open)).rejects.toThrow(
      'openShards: the file "model-00002-of-00002.safetensors" must hold the tensor "a".',
    );
  });

  it.each(['../secret.safetensors', '/etc/passwd', 'a\\b.safetensors', 'c:x.safetensors', '.safetensors', 'x.bin', '', 5, null, {}])(
    'never opens %j, which is no name of a file',
    async (name) => {
      const opened: string[] = [];
      const tried = openShards(indexOf({ a: name }), (each) => {
        opened.push(each);
        return open(each);
      });
      await expect(tried).rejects.toThrow('openShards: the index must give each tensor the name of a file.');
      expect(opened).toEqual([]);
    },
  );

  it.each(['', '[]', '{}', '{"weight_map": 5}', '<html>'])('says that %j is no index', async (text) => {
    await expect(openShards(text, open)).rejects.toThrow(/^openShards: the (weight_map of the )?index must be a JSON object/);
  });

  it('refuses a name that stands twice', async () => {
    await expect(openShards(`{"weight_map": {"a": "${first}", "a": "${first}"}}`, open)).rejects.toThrow(
      'openShards: the names of tensors must be unique.',
    );
  });
});
