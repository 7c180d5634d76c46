import type { Instructions } from '@longspan/wasm-backend';
import type { Pace } from '../../figures/alternate.ts';
import type { Estimate, Ratio } from '../../figures/pairs.ts';

/** Tokenizers whose files lie in the clone, by what they are called in the table. */
export const tokenizers = {
  WordPiece: 'wordpiece-uncased',
  'byte-level BPE': 'bpe-roberta',
  Unigram: 'unigram-xlmr',
} as const;

export type TokenizerName = keyof typeof tokenizers;

/** What the process of a point is told. */
export interface TokenizeInput {
  readonly kind: 'tokenize';
  readonly tokenizer: TokenizerName;
  /** The folder with its files. */
  readonly folder: string;
  readonly rounds: number;
}

/** How the book is cut for Universal Sentence Encoder lite: the graph cuts off what is behind the 128th token. */
export interface WindowSize {
  readonly length: number;
  readonly overlap: number;
}

interface Common {
  readonly seed: number;
  /** The first chapters of the book; all of them where it is not there. */
  readonly chapters?: number;
  readonly window: WindowSize;
  /** The build of our kernels; the best that the engine has by default. */
  readonly instructions?: Instructions;
}

/** Beside tfjs's own run of the graph, on its own kernels. */
export interface GraphInput extends Common {
  readonly kind: 'graph';
  /** Ours takes part with each of these. */
  readonly threads: readonly number[];
  readonly pace: Pace;
}

/** The process in which ours is timed beside it. */
export interface IndexerInput extends Common {
  readonly kind: 'indexer';
}

/** An index of the book, asked and edited. */
export interface IndexInput extends Common {
  readonly kind: 'index';
  readonly threads: number;
  readonly questions: readonly string[];
  readonly rounds: number;
}

export type DocumentsInput = TokenizeInput | GraphInput | IndexerInput | IndexInput;

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

export interface GraphFigures {
  readonly kind: 'graph';
  readonly chapters: number;
  readonly tokens: number;
  readonly windows: number;
  /** Seconds from tokens to index by tfjs's own run of the graph. */
  readonly theirs: Estimate;
  /** Ours, by threads. */
  readonly ours: readonly OursFigures[];
  readonly instructions: Instructions;
}

export interface OursFigures {
  readonly threads: number;
  /** Seconds from tokens to index. */
  readonly time: Estimate;
  /** Our time over theirs. */
  readonly ratio: Ratio;
  /** How far a feature of a sentence's vector, of length 1, is off at most. */
  readonly error: number;
}

export interface IndexFigures {
  readonly kind: 'index';
  readonly characters: number;
  readonly paragraphs: number;
  /** Seconds from text to index. */
  readonly seconds: number;
  readonly windows: number;
  /** Seconds of a question after the first, the encoder's pass over it apart. */
  readonly question: Estimate;
  /** Of that pass alone. */
  readonly encoder: Estimate;
  /** Seconds of an edit of one paragraph. */
  readonly edit: Estimate;
  /** Windows that it reads at most. */
  readonly editWindows: number;
  /** Of the file that the index is kept in. */
  readonly fileBytes: number;
  /** Seconds until an index from its file answers, words indexed. */
  readonly reopen: number;
}

export type DocumentsFigures = TokenizeFigures | GraphFigures | IndexFigures;
