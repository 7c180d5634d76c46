import { fileURLToPath } from 'node:url';
import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import { type DocumentsInput, type TokenizerName, tokenizers } from './input.ts';

export const tokenizerNames = Object.keys(tokenizers) as readonly TokenizerName[];

export const tokenizePoint = (tokenizer: TokenizerName): string => `tokenize ${tokenizer}`;

export const pointsOf = ({ full }: ExperimentOptions): readonly Point<DocumentsInput>[] =>
  tokenizerNames.map((tokenizer) => ({
    name: tokenizePoint(tokenizer),
    part: 'tokenize',
    input: {
      kind: 'tokenize',
      tokenizer,
      folder: fileURLToPath(new URL(`../../../../../tooling/golden/usage/tokenizers/${tokenizers[tokenizer]}`, import.meta.url)),
      rounds: full ? 11 : 5,
    },
  }));
