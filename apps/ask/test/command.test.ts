import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, type StartedCommand, startCommand } from '@longspan/tooling/start-command';
import { afterAll, describe, expect, it } from 'vitest';
import { mobyDick } from '../src/moby-dick.ts';

const folder = mkdtempSync(join(tmpdir(), 'longspan ask ')); // with a space, as a clone's path may have
afterAll(() => rmSync(folder, { recursive: true }));

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const minutes = 60_000;

const start = (where: string, args: readonly string[], interrupt?: RegExp): StartedCommand =>
  startCommand(cli, join(folder, where), args, interrupt);
const ask = (...args: Parameters<typeof start>): Promise<Ended> => start(...args).ended;

const kept = (where: string): readonly string[] => readdirSync(join(folder, where, 'kept'));

/** Three short chapters of the book: a few seconds. */
const whole = mobyDick();
const chapters = whole.slice(whole.indexOf('CHAPTER 29.'), whole.indexOf('CHAPTER 32.'));

describe('npm start', () => {
  it('refuses a missing file with exit code 2 and the whole explanation', async () => {
    const { code, err, out } = await ask('missing', ['nothing.txt']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe(`ask: the file must exist.
  expected  a UTF-8 text file of 1 to 16,777,216 bytes
  got       ${folder}/missing/nothing.txt, where there is nothing
  remedy    check the path; a relative one starts at the folder you stand in, or leave the file out to ask Moby-Dick.
`);
  });

  it.each([
    ['picture.png', Uint8Array.of(137, 80, 78, 71, 0, 1), 'the text must be plain text.'],
    ['empty.txt', Uint8Array.of(), 'the text must have content.'],
    ['blank.txt', Buffer.from(' \n\n '), 'the text must have words.'],
  ])('refuses %s', async (name, bytes, rule) => {
    mkdirSync(join(folder, 'refused'), { recursive: true });
    writeFileSync(join(folder, 'refused', name), bytes);
    const { code, err, out } = await ask('refused', [name, 'Where?']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`ask: ${rule}\n`);
  });

  it('refuses a file without a question where nobody can ask', async () => {
    writeFileSync(join(folder, 'tale.txt'), 'a tale');
    const { code, err, out } = await ask('.', ['tale.txt']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('ask: a question must be given where no terminal listens.\n');
  });

  it('refuses an unknown option with exit code 2 and a hint', async () => {
    const { code, err } = await ask('options', ['--onyl']);
    expect(code).toBe(2);
    expect(err).toContain("error: unknown option '--onyl'");
    expect(err).toContain('npm start -- --help lists the options.');
  });

  it('reads a file, keeps its index, and reads of an edited one what the edit touches', { timeout: 4 * minutes }, async () => {
    const where = 'edit';
    mkdirSync(join(folder, where));
    const tale = join(folder, where, 'my tale.txt');
    writeFileSync(tale, chapters);
    const args = ['my tale.txt', 'Who throws his pipe into the sea?', '--index', 'kept', '--top', '2'];
    const first = await ask(where, args);
    expect([first.code, first.out.includes('\u001b'), first.err.includes('\u001b')]).toEqual([0, false, false]);
    expect(first.out.replaceAll(/\s+/g, ' ')).toMatch(
      /^my tale\.txt, [\d,]+ characters: 3 sections, \d+ paragraphs, \d+ sentences: (\d\d) windows read by/,
    );
    expect(first.out).toMatch(/ {2}1 {2}\d\.\d\d {2}CHAPTER 30\. The Pipe, paragraph \d of \d, characters [\d,]+ to [\d,]+\n/);
    expect(first.out).toContain('BM25 alone: passage 1');
    for (const line of first.out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    const [name] = kept(where);
    expect(kept(where)).toEqual([expect.stringMatching(/^my-tale-[0-9a-f]{8}\.use-lite-[0-9a-f]{8}\.[0-9a-f]{8}\.safetensors$/)]);

    writeFileSync(tale, chapters.replace('Oh, my pipe!', 'Ah, my old pipe!'));
    const second = await ask(where, args);
    expect([second.code, second.out]).toEqual([
      0,
      expect.stringContaining('my tale.txt has changed since it was read: only what changed is read.'),
    ]);
    const windowsOf = (out: string): number => Number(/(\d+) windows? read/.exec(out.replaceAll(/\s+/g, ' '))?.[1]);
    expect(windowsOf(second.out)).toBeLessThan(windowsOf(first.out) / 4);
    expect(kept(where)).toHaveLength(1);
    expect(kept(where)).not.toContain(name);
  });

  it('ends at once where Ctrl-C comes while it reads, with 130, and leaves nothing half-written', { timeout: 2 * minutes }, async () => {
    const { code, out, err } = await ask('stopped', ['--index', 'kept'], /Reading Moby-Dick: \d+ %/);
    expect([code, out]).toEqual([130, '']);
    expect(err).toContain('Stopped. The parts that were read are kept: the same command goes on from there.\n');
    expect(kept('stopped')).toEqual([]);
  });
});
