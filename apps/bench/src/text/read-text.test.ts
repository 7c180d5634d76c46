import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readText } from './read-text.ts';
import { joined, split } from './text.ts';

const folder = mkdtempSync(join(tmpdir(), 'longspan-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const message = async (path: string, signal?: AbortSignal): Promise<string> => {
  try {
    await readText({ kind: 'file', path }, signal);
  } catch (error) {
    return error instanceof Error ? `${error.name} ${error.message}` : String(error);
  }
  return 'no error';
};

describe('readText refuses', () => {
  it('a missing file', async () =>
    expect(await message(join(folder, 'none.txt'))).toBe(`FileError bench: the file must exist.
  expected  a UTF-8 text file of 16,384 to 134,217,728 bytes
  got       ${folder}/none.txt, where there is nothing
  remedy    check the path; a relative one starts at the folder you stand in, or leave the argument out to run on Moby-Dick.`));

  it('a directory', async () =>
    expect(await message(folder)).toBe(`FileError bench: the text must be a file.
  expected  a UTF-8 text file of 16,384 to 134,217,728 bytes
  got       ${folder}, a directory
  remedy    name one file in it, or leave the argument out to run on Moby-Dick.`));

  it('an empty file', async () =>
    expect(await message(file('empty.txt', ''))).toBe(`FileError bench: the text must have content.
  expected  a UTF-8 text file of 16,384 to 134,217,728 bytes
  got       ${folder}/empty.txt: 0 bytes
  remedy    give a file with text in it, or leave the argument out to run on Moby-Dick.`));

  it('a binary file, naming the first zero byte', async () =>
    expect(await message(file('binary', Uint8Array.from([97, 98, 0, 99])))).toBe(`FileError bench: the text must be plain text.
  expected  a UTF-8 text file of 16,384 to 134,217,728 bytes
  got       ${folder}/binary: a zero byte at offset 2
  remedy    give plain text, or leave the argument out to run on Moby-Dick.`));

  it('Latin-1, naming the first byte that is not UTF-8', async () =>
    expect(
      await message(file('latin1.txt', Buffer.from(`${'x'.repeat(20_000)} caf\xe9 au lait`, 'latin1'))),
    ).toBe(`FileError bench: the text must be UTF-8.
  expected  a UTF-8 text file of 16,384 to 134,217,728 bytes
  got       ${folder}/latin1.txt: the byte 0x20 at offset 20,005, which no UTF-8 text has there
  remedy    convert it (iconv -f latin1 -t utf-8 in.txt > out.txt, if it is Latin-1), or leave the argument out to run on Moby-Dick.`));

  it('a text that ends within a character', async () =>
    expect(
      await message(file('cut.txt', Buffer.from(`${'x'.repeat(20_000)}é€`).subarray(0, -1))),
    ).toBe(`FileError bench: the text must end with a whole character.
  expected  a UTF-8 text file of 16,384 to 134,217,728 bytes
  got       ${folder}/cut.txt: the first bytes of a character at the end, at offset 20,002
  remedy    copy or download it again, for it was cut off, or leave the argument out to run on Moby-Dick.`));

  it('a text that is too short, saying how long it must be', async () =>
    expect(await message(file('short.txt', 'a'.repeat(16_383)))).toBe(`FileError bench: the text must have at least 16,384 bytes.
  expected  a UTF-8 text file of 16,384 to 134,217,728 bytes
  got       ${folder}/short.txt: 16,383 bytes
  remedy    give a longer text, or leave the argument out to run on Moby-Dick.`));

  it('a pipe, at once and without waiting for a writer', async () => {
    const path = join(folder, 'pipe');
    execFileSync('/usr/bin/mkfifo', [path]);
    expect(await message(path)).toBe(`FileError bench: the text must be a regular file.
  expected  a UTF-8 text file of 16,384 to 134,217,728 bytes
  got       ${path}, a pipe
  remedy    write what comes from it to a file first, or leave the argument out to run on Moby-Dick.`);
  });

  it('a device', async () => expect(await message('/dev/zero')).toContain('got       /dev/zero, a device'));

  it('a text that is too long, before it is read', async () => {
    const path = file('long.txt', 'a');
    truncateSync(path, 2 ** 40); // a hole: nobody could read a terabyte here
    expect(await message(path)).toBe(`FileError bench: the text must have at most 134,217,728 bytes.
  expected  a UTF-8 text file of 16,384 to 134,217,728 bytes
  got       ${path}: 1,099,511,627,776 bytes
  remedy    take a part of it (head -c 100000000), or leave the argument out to run on Moby-Dick.`);
  });

  it('a text of one byte more than the limit, and not one of the limit', async () => {
    const path = file('limit.txt', '');
    truncateSync(path, 2 ** 27 + 1); // holes, which take no room
    expect(await message(path)).toBe(`FileError bench: the text must have at most 134,217,728 bytes.
  expected  a UTF-8 text file of 16,384 to 134,217,728 bytes
  got       ${path}: 134,217,729 bytes
  remedy    take a part of it (head -c 100000000), or leave the argument out to run on Moby-Dick.`);
    truncateSync(path, 2 ** 27);
    expect(await message(path)).toContain('a zero byte at offset 0'); // it was read
  });

  it.each([65_535, 65_536, 65_537, 131_071, 131_072, 150_000])('a byte that is not UTF-8 at offset %d', async (offset) => {
    const bytes = new Uint8Array(200_000).fill(97);
    bytes.set(new TextEncoder().encode('é€😀'.repeat(Math.floor(offset / 9))), offset - 9 * Math.floor(offset / 9));
    bytes[offset] = 0xff;
    expect(await message(file('broken.txt', bytes))).toContain(`the byte 0xff at offset ${offset.toLocaleString('en')},`);
  });
});

describe('readText reads', () => {
  it('characters of every length across every border', async () => {
    const text = `${'a'.repeat(65_533)}😀${'b'.repeat(65_532)}€é`;
    expect(new TextDecoder().decode(joined((await readText({ kind: 'file', path: file('whole.txt', text) })).pieces))).toBe(text);
  });

  it('the book: all chapters in order, some bytes beyond ASCII', async () => {
    const book = await readText({ kind: 'book' });
    expect(book.pieces.length).toBe(139);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(joined(book.pieces));
    expect(text.indexOf('Call me Ishmael.')).toBeGreaterThan(0);
    expect(text.indexOf('Call me Ishmael.')).toBeLessThan(text.indexOf('It is not down in any map'));
    expect(joined(book.pieces).length).toBeGreaterThan(1_200_000);
    expect(joined(book.pieces).some((byte) => byte > 127)).toBe(true);
  });

  it('any file in pieces that give it back when joined, most of them whole lines', async () => {
    const lines = Array.from({ length: 3000 }, (_, line) => `line ${line}: ${'é'.repeat(line % 7)}\n`).join('');
    const text = await readText({ kind: 'file', path: file('lines.txt', lines) });
    expect(new TextDecoder().decode(joined(text.pieces))).toBe(lines);
    expect(text.pieces.length).toBeGreaterThanOrEqual(10);
    expect(text.pieces.every((piece) => piece.at(-1) === 10)).toBe(true);
  });

  it('a file without any line break', async () => {
    const text = await readText({ kind: 'file', path: file('one-line.txt', 'x'.repeat(leastOf(20))) });
    expect(text.pieces.length).toBeGreaterThanOrEqual(20);
  });
});

it('readText cuts a long line without looking for its end again and again', async () => {
  const text = await readText({ kind: 'file', path: file('long-line.txt', 'x'.repeat(2 ** 25)) });
  expect([text.pieces.length, text.pieces.every(({ length }) => length === 8192)]).toEqual([4096, true]);
});

it('readText stops where it is interrupted, before and while it reads', async () => {
  const path = file('interrupted.txt', 'x'.repeat(2 ** 23));
  expect(await message(path, AbortSignal.abort(new Error('at once')))).toBe('Error at once');
  const stop = new AbortController();
  const reading = message(path, stop.signal);
  setImmediate(() => stop.abort(new Error('in between')));
  expect(await reading).toBe('Error in between');
});

const leastOf = (kilobytes: number): number => kilobytes * 1024;

it('split holds out every tenth piece and loses none', () => {
  const pieces = Array.from({ length: 23 }, (_, index) => Uint8Array.of(index));
  const { training, heldOut } = split({ name: 'x', pieceName: 'pieces', pieces });
  expect(heldOut.map(([value]) => value)).toEqual([5, 15]);
  expect(training.length).toBe(21);
});
