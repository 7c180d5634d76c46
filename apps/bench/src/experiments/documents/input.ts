import type { Estimate } from '../../figures/pairs.ts';

/** Tokenizers whose files lie in the clone, by what they are called in the table. */
export const tokenizers = {
  WordPiece: 'wordpiece-uncased',
  'byte-level BPE': 'bpe-roberta',
  Unigram: 'unigram-xlmr',
} as const;

export type TokenizerName = keyof typeof tokenizers;

/** What the process of a point is told. */
export interface DocumentsInput {
  readonly kind: 'tokenize';
  readonly tokenizer: TokenizerName;
  /** The folder with its files. */
  readonly folder: string;
  readonly rounds: number;
}

export interface TokenizeFigures {
  readonly kind: 'tokenize';
  readonly characters: number;
  readonly tokens: number;
  readonly vocabulary: number;
  /** Seconds for the whole book, ids and ranges in memory. */
  readonly whole: Estimate;
  /** Bytes of resident memory at the peak of reading the book as a stream, whose tokens are let go, less those before. */
  readonly streamBytes: number;
}

export type DocumentsFigures = TokenizeFigures;
