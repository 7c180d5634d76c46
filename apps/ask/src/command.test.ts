import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Asked } from './ask.ts';
import { askCommand } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'longspan-ask-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'who?'), 'a file of that name');

/** What the command line asks for, or what it says of it. */
async function asked(...args: readonly string[]): Promise<Asked | string> {
  let [request, said]: [Asked | undefined, string] = [undefined, ''];
  const command = askCommand(folder, async (given) => {
    request = given;
  }).configureOutput({ writeErr: (text) => (said += text) });
  try {
    await command.parseAsync(args, { from: 'user' });
  } catch (error) {
    return `${(error as Error).message}\n${said}`;
  }
  return request ?? said;
}

describe('the command line', () => {
  const usual = { top: 3, folder: expect.stringMatching(/ask-index$/), again: false };

  it('takes a file and questions, from where the user stands', async () => {
    expect(await asked()).toEqual({ ...usual, path: undefined, questions: [] });
    expect(await asked('my-book.txt', 'where?', 'when?')).toEqual({
      ...usual,
      path: join(folder, 'my-book.txt'),
      questions: ['where?', 'when?'],
    });
    const given = await asked('--top', '5', '--again', '--index', 'kept', 'my-book.txt');
    expect(given).toEqual({ path: join(folder, 'my-book.txt'), questions: [], top: 5, folder: join(folder, 'kept'), again: true });
  });

  it('takes questions to the book, where the first is no file', async () => {
    expect(await asked('Where is Ahab?', 'And Pip')).toEqual({ ...usual, path: undefined, questions: ['Where is Ahab?', 'And Pip'] });
    expect(await asked('who?')).toEqual({ ...usual, path: join(folder, 'who?'), questions: [] });
  });

  it('refuses a file behind a question, and texts without words', async () => {
    writeFileSync(join(folder, 'tale.txt'), 'a tale');
    expect(await asked('Where is it?', 'tale.txt')).toContain(
      'ask: the file must come before the questions.\n  expected  npm start -- my-book.txt "where does …?"\n  got       "Where is it?", and then "tale.txt"',
    );
    expect(await asked('tale.txt', ' ')).toContain('ask: a file and a question must have words.');
  });

  it.each([
    [['--onyl'], "unknown option '--onyl'"],
    [['--agian'], '(Did you mean --again?)'],
    [['--top', '0'], "argument '0' is invalid. It must be an integer from 1 to 20."],
    [['--top', '1e1'], "argument '1e1' is invalid. It must be an integer from 1 to 20."],
    [['--index', ''], "argument '' is invalid. It must be the name of a folder."],
    [['--index', '--again'], "argument '--again' is invalid. It must be the name of a folder, and this is an option."],
  ])('refuses %j', async (args, words) => {
    const said = await asked(...args);
    expect(said).toContain(words);
    expect(said).toContain('npm start -- --help lists the options.');
  });
});
