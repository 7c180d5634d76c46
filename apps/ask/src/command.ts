import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, show } from '@longspan/core-tensor/error';
import { named } from '@longspan/tooling/command-line';
import { count } from '@longspan/tooling/terminal';
import { Command, InvalidArgumentError } from 'commander';
import type { Asked } from './ask.ts';
import { mostBytes } from './document.ts';

const workspaceRoot = fileURLToPath(new URL('../../..', import.meta.url));

interface Given {
  readonly top: number;
  readonly index: string;
  readonly again?: true;
}

/**
 * The command line.
 * @param userFolder what relative paths start from
 * @param run is given what was asked for
 */
export const askCommand = (userFolder: string, run: (request: Asked) => Promise<void>): Command =>
  new Command('npm start --')
    .description(
      'Reads a text once, by a small sentence encoder on this machine, and finds the passages that fit a question. Without words it reads Moby-Dick and asks it three questions.',
    )
    .argument(
      '[file]',
      `a text file in UTF-8, at most ${count(mostBytes)} bytes; or a question to Moby-Dick, if it ends with ? and is no file`,
    )
    .argument('[questions...]', 'what to ask it; on a terminal one can go on asking')
    .option('--top <number>', 'passages shown for each question, 1 to 20', passages, 3)
    .option('--again', 'read the text even where its index is kept')
    .option('--index <folder>', 'where indexes are kept', named('a folder'), join(workspaceRoot, 'ask-index'))
    .addHelpText('after', '\nThe job that measures Longspan on a text is npm run measure.')
    .showSuggestionAfterError()
    .showHelpAfterError('npm start -- --help lists the options.')
    .exitOverride()
    .action(async (first: string | undefined, others: readonly string[], given: Given) => {
      const path = first === undefined ? undefined : resolve(userFolder, first);
      const blank = [first, ...others].find((each) => each !== undefined && each.trim() === '');
      if (blank !== undefined) throw noWords();
      const isQuestion = first?.trim().endsWith('?') === true && path !== undefined && !existsSync(path);
      const misplaced = others.find((each) => existsSync(resolve(userFolder, each)));
      if (isQuestion && misplaced !== undefined) throw fileAfterQuestion(first, misplaced);
      await run({
        path: isQuestion ? undefined : path,
        questions: isQuestion ? [first, ...others] : others,
        top: given.top,
        folder: resolve(userFolder, given.index),
        again: given.again === true,
      });
    });

const noWords = (): ConfigError =>
  new ConfigError({
    caller: 'ask',
    problem: 'a file and a question must have words.',
    expected: 'npm start -- my-book.txt "where does …?"',
    got: 'an empty text',
    remedy: 'leave it out, or write what you want to know.',
  });

const fileAfterQuestion = (question: string, file: string): ConfigError =>
  new ConfigError({
    caller: 'ask',
    problem: 'the file must come before the questions.',
    expected: 'npm start -- my-book.txt "where does …?"',
    got: `${show(question)}, and then ${show(file)}`,
    remedy: 'write the file first; without one Moby-Dick is asked.',
  });

function passages(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 20) return value;
  throw new InvalidArgumentError('It must be an integer from 1 to 20.');
}
