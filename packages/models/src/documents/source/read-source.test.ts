import { expect, it, vi } from 'vitest';
import { readSource } from './read-source.ts';

async function* endless<Piece>(piece: Piece): AsyncGenerator<Piece> {
  for (;;) yield piece;
}

const tooLong = 'read: a document must fit into one string.\n  expected  at most 536870888 UTF-16 code units\n';

it('a document of gigabytes is an error before it fills the memory', async () => {
  await expect(readSource('read', endless('x'.repeat(2 ** 24)))).rejects.toThrow(`${tooLong}  got       more than 536870888 of them`);
  const file = { size: 2e9, slice: () => file, stream: () => undefined, arrayBuffer: () => undefined };
  await expect(readSource('read', file as object as Blob)).rejects.toThrow(`${tooLong}  got       2000000000 bytes`);
});

it('the signal ends a source that does not', async () => {
  const controller = new AbortController();
  async function* aborting() {
    yield 'a';
    controller.abort(new Error('enough'));
    yield* endless('b');
  }
  await expect(readSource('read', aborting(), controller.signal)).rejects.toThrow('enough');
});

it('a file name is a text, and its reader is told so', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  expect(await readSource('read', 'books/moby dick.txt')).toBe('books/moby dick.txt');
  expect(warn.mock.calls).toEqual([
    ['read: the document is the text "books/moby dick.txt" itself; the file of that name is read by createReadStream(path).'],
  ]);
  for (const text of ['Read readme.md', 'It rains.', 'a\nb/c.txt', 'x'.repeat(2000)]) expect(await readSource('read', text)).toBe(text);
  expect(warn).toHaveBeenCalledTimes(1);
});
