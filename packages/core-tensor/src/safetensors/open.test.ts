import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
