import type { Precision } from '@longspan/models';
import type { Instructions } from '@longspan/wasm-backend';
import type { Pace } from '../../figures/alternate.ts';
import type { Estimate, Ratio } from '../../figures/pairs.ts';
import type { PeerName } from '../peers/input.ts';

/** An encoder whose weights are drawn at random. */
export interface EncoderSize {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly innerWidth: number;
  readonly vocabulary: number;
}

/** A checkpoint that the bench saves by `savePretrained`, for both sides to read. */
export interface Checkpoint {
  /** A Longformer as it is drawn, one that `toLong` makes of a RoBERTa, or a BERT. */
  readonly kind: 'Longformer' | 'RoBERTa by toLong' | 'BERT';
  readonly size: EncoderSize;
  /** Tokens of the longest text that it has positions for. */
  readonly maxTokens: number;
  /** Tokens that one attends to on both sides together; not of a BERT. */
  readonly window?: number;
  readonly seed: number;
  /** Below it the checkpoints lie, each in a folder of its own. */
  readonly folder: string;
}

interface Common {
  readonly seed: number;
  readonly checkpoint: Checkpoint;
  /** The build of our kernels; the best that the engine has by default. */
  readonly instructions?: Instructions;
}

/** Texts of equally many tokens. */
export interface Batch {
  readonly texts: number;
  readonly tokens: number;
}

/** A script of ours in a Python with torch and transformers. */
export interface Python {
  readonly python: string;
  readonly script: string;
}

/** What has to be there before a work: a checkpoint, and the libraries beside us. */
export interface PreparingInput {
  readonly kind: 'preparing';
  readonly checkpoint: Checkpoint;
  readonly peers: readonly PeerName[];
  /** Where they are installed. */
  readonly installed: string;
}

export interface LongformerInput extends Common {
  readonly kind: 'longformer';
  readonly tokens: number;
  readonly precision: Precision;
  readonly pace: Pace;
  /** PyTorch's side; without it ours is timed alone. */
  readonly torch?: Python;
}

export interface BookInput extends Common, SlabSize {
  readonly kind: 'book';
  readonly tokens: number;
}

/** How a text is cut that is too long to be read at once. */
export interface SlabSize {
  /** Tokens whose hidden states one call gives. */
  readonly slabLength: number;
}

export interface EncoderInput extends Common {
  readonly kind: 'encoder';
  readonly where: 'Node' | 'Chromium';
  readonly batch: Batch;
  readonly pace: Pace;
  readonly peer: Extract<PeerName, 'onnxruntime-node' | 'onnxruntime-web'>;
  /** Where ONNX Runtime was installed. */
  readonly installed: string;
  /** What exports the graph. */
  readonly torch: Python;
}

export interface ProductsInput {
  readonly kind: 'products';
  readonly seed: number;
  readonly instructions?: Instructions;
  readonly size: EncoderSize;
  /** Rows of x. */
  readonly tokens: number;
  readonly pace: Pace;
}

export interface ReadingInput extends Common, SlabSize {
  readonly kind: 'reading';
  readonly tokens: number;
}

export type ModelsInput = PreparingInput | LongformerInput | BookInput | EncoderInput | ProductsInput | ReadingInput;

/** Both sides, turn by turn. */
export interface Duel {
  readonly theirs: Estimate;
  /** Our time over theirs. */
  readonly ratio: Ratio;
}

export interface EncoderFigures {
  readonly kind: 'encoder';
  /** Seconds of a run. */
  readonly ours: Estimate;
  /** Absent where nobody stood beside us. */
  readonly duel?: Duel;
  /** Why the other side gave no answer, in its own words. */
  readonly peerFailed?: string;
  /** How far our numbers are from theirs, as a share of their size. */
  readonly error?: number;
  /** Resident bytes of our process at most, its start and the reading of the checkpoint included; not of a page. */
  readonly peakBytes?: number;
  readonly versions: readonly string[];
}

export interface BookFigures {
  readonly kind: 'book';
  readonly tokens: number;
  readonly slabs: number;
  /** Tokens that were computed, those around each slab included. */
  readonly computed: number;
  readonly seconds: number;
  readonly peakBytes: number;
}

export interface ProductsFigures {
  readonly kind: 'products';
  /** By the names of `mapsOf`. */
  readonly works: readonly {
    readonly name: string;
    readonly float32: Estimate;
    readonly int8: Estimate;
    /** int8's time over float32's. */
    readonly ratio: Ratio;
    readonly error: number;
  }[];
  readonly instructions: Instructions;
}

export interface ReadingFigures {
  readonly kind: 'reading';
  readonly tokens: number;
  readonly seconds: number;
  /** Of the frames that a page at rest shows in that time. */
  readonly missedShare: number;
  /** Seconds between two frames at most. */
  readonly longestGap: number;
  readonly threads: number;
  readonly browser: string;
}

export type ModelsFigures =
  | { readonly kind: 'prepared'; readonly bytes: number }
  | EncoderFigures
  | BookFigures
  | ProductsFigures
  | ReadingFigures;
