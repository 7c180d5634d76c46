import { ConfigError } from '@longspan/core-tensor/error';
import type { AskedDocument } from './document.ts';
import { openEncoder } from './encoder.ts';
import { indexOf } from './index-of.ts';
import { passageLines } from './passage-lines.ts';
import { findPassages } from './passages.ts';
import { promptLoop } from './prompt.ts';
import { type ExpectedQuestion, questions as shipped } from './questions.ts';
import { wrapped } from './wrap.ts';

/** What was asked for. */
export interface Asked {
  /** The path of a text file; Moby-Dick where there is none. */
  readonly path: string | undefined;
  readonly questions: readonly string[];
  /** How many passages are shown for each. */
  readonly top: number;
  /** Where indexes are kept. */
  readonly folder: string;
  /** Whether the text is read even where an index of it is kept. */
  readonly again: boolean;
}

/** What it says it to, and who says when to stop. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly progress: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** The columns of a line: a terminal may have more, but lines that long are hard to read. */
const widest = 100;
const narrowest = 40;

/** Reads a document and shows passages of it for questions: those given, those that ship with the book, and on a terminal the user's own. */
export async function ask(document: AskedDocument, request: Asked, { input, output, progress, signal }: Terminal): Promise<void> {
  const { path, questions, top } = request;
  const width = Math.max(narrowest, Math.min(output.columns || widest, widest));
  const say = (...lines: readonly string[]): void => void output.write(lines.map((line) => `${line}\n`).join(''));
  const tell = (text: string): void => say(...wrapped(text, { width, lines: 20 }));
  const isAsked = input.isTTY === true && output.isTTY === true;
  if (path !== undefined && questions.length === 0 && !isAsked) throw noQuestion(path);
  const encoder = await openEncoder();
  try {
    signal.throwIfAborted();
    const index = await indexOf(document, encoder, request, { tell, progress, signal });
    const answer = async (question: string, stop: AbortSignal, expected?: ExpectedQuestion): Promise<void> => {
      const found = await findPassages(index, question, { top, expected, signal: stop });
      say('', ...passageLines(found, width));
    };
    const isShipped = path === undefined && questions.length === 0;
    for (const each of isShipped ? shipped : []) await answer(each.question, signal, each);
    for (const question of questions) await answer(question, signal);
    say('');
    tell(aboutScores);
    tell(aboutModels);
    if (!isAsked) return;
    say('', `Ask ${document.name} yourself; an empty line ends.`);
    await promptLoop((question, stop) => answer(question, stop), { input, output, signal });
  } finally {
    encoder.close();
  }
}

const noQuestion = (path: string): ConfigError =>
  new ConfigError({
    caller: 'ask',
    problem: 'a question must be given where no terminal listens.',
    expected: 'npm start -- my-book.txt "where does …?"',
    got: `${path} alone`,
    remedy: 'write a question behind the file.',
  });

const aboutScores =
  'A score compares the passages of one question: 1.00 is the best by vectors and by words. It is no probability, and says nothing of whether the text has an answer.';
const aboutModels =
  'These are passages, not answers. `answer` finds the very words, with a checkpoint for question answering, and `summarise` writes, with one of LED: docs/documents.md.';
