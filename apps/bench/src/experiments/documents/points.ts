import { fileURLToPath } from 'node:url';
import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import { buildOf, engineArguments } from '../kernels/build.ts';
import { type DocumentsInput, type TokenizerName, tokenizers, type WindowSize } from './input.ts';

export const tokenizerNames = Object.keys(tokenizers) as readonly TokenizerName[];

export const tokenizePoint = (tokenizer: TokenizerName): string => `tokenize ${tokenizer}`;

/** Threads of ours; tfjs has one. */
export const threadCounts = [1, 2] as const;

export const graphPoint = 'tokens to index';

export const onThreads = (threads: number): string => (threads === 1 ? 'one thread' : `${threads} threads`);

export const indexPoint = 'index of the book';

/** As long as the graph reads. */
export const window: WindowSize = { length: 128, overlap: 32 };

const questions = [
  'Who is the captain of the Pequod?',
  'Why is the whiteness of the whale terrible?',
  'What is in the coffin that Queequeg orders?',
  'How is oil taken from the head of a sperm whale?',
  'What does the gold coin on the mast show?',
];

export function pointsOf(options: ExperimentOptions): readonly Point<DocumentsInput>[] {
  const { full, seed } = options;
  const instructions = buildOf(options);
  const execArgv = engineArguments(instructions);
  const common = { seed, window, ...(instructions && { instructions }) };
  return [
    ...tokenizerNames.map(
      (tokenizer): Point<DocumentsInput> => ({
        name: tokenizePoint(tokenizer),
        part: 'tokenize',
        input: {
          kind: 'tokenize',
          tokenizer,
          folder: fileURLToPath(new URL(`../../../../../tooling/golden/usage/tokenizers/${tokenizers[tokenizer]}`, import.meta.url)),
          rounds: full ? 11 : 5,
        },
      }),
    ),
    {
      name: graphPoint,
      part: 'tokens to index',
      weight: full ? 100 : 5,
      input: {
        ...common,
        kind: 'graph',
        threads: threadCounts,
        ...(full ? {} : { chapters: 3 }),
        pace: { rounds: full ? 5 : 3, budgetSeconds: full ? 1200 : 15, turnSeconds: 1 },
      },
      execArgv,
    },
    {
      name: indexPoint,
      part: 'index',
      weight: full ? 15 : 5,
      input: { ...common, kind: 'index', threads: 2, ...(full ? {} : { chapters: 12 }), questions, rounds: full ? 5 : 3 },
      execArgv,
    },
  ];
}
