import type { TitledTable } from '../../report/table.ts';
import { bytes, count, duration, withInterval } from '../../report/wording.ts';
import { type Findings, found, whyNot } from '../../run/experiment.ts';
import type { DocumentsFigures } from './input.ts';
import { tokenizePoint, tokenizerNames } from './points.ts';

type Found = Findings<DocumentsFigures>;

export function tokenizeTable(findings: Found): TitledTable {
  return {
    title: 'Tokenizing the book',
    note: [
      'Moby-Dick with ids, ranges and words in memory, by @longspan/models/text on one thread; in brackets the interval over rounds.',
      'Checked before: ranges in order, and the tokens of the beginning alone. Memory: the resident bytes that a stream of the book adds at its peak.',
      'The vocabularies are small ones of the clone: larger ones give fewer tokens.',
    ].join(' '),
    head: ['tokenizer', 'vocabulary', 'tokens', 'time', 'characters in a second', 'memory of a stream'],
    rows: tokenizerNames.map((name) => {
      const figures = found(findings, tokenizePoint(name), 'tokenize');
      if (figures === undefined) return [name, whyNot(findings, tokenizePoint(name)), '–', '–', '–', '–'];
      const { vocabulary, tokens, whole, characters, streamBytes } = figures;
      return [name, count(vocabulary), count(tokens), withInterval(whole, duration), count(characters / whole.median), bytes(streamBytes)];
    }),
  };
}

export const documentsHeadline = (findings: Found): readonly string[] =>
  tokenizerNames.flatMap((name) => {
    const figures = found(findings, tokenizePoint(name), 'tokenize');
    return figures === undefined
      ? []
      : [`${name} has the book's ${count(figures.tokens)} tokens with their places in ${duration(figures.whole.median)}.`];
  });
