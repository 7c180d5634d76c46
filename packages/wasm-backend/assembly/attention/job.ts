/**
 * Everything that one call's kernels read and write; the host writes it field by field (src/kernels/block-sparse-attention/job.ts),
 * 4 bytes each. Addresses and strides are in bytes. Sizes as in the contract: query [b, h, nq, d], key [b, hkv, nk, d],
 * value [b, hkv, nk, dv].
 */
@unmanaged
export class Job {
  batch: i32;
  heads: i32;
  keyHeads: i32;
  queryLength: i32;
  keyLength: i32;
  headDim: i32;
  valueDim: i32;
  scale: f32;

  // The layout's lists: key blocks of each query block going forward, query blocks of each key block going back.
  blockSize: i32;
  queryBlocks: i32;
  keyBlocks: i32;
  queryOffset: i32;
  layoutBatch: i32;
  layoutHeads: i32;
  indptr: usize;
  indices: usize;
  tileIndices: usize;
  bitmaps: usize;
  /** Which entry of the forward lists each entry is; 0 where that is itself. */
  listedEntries: usize;

  // Rows [.., n, d]: the tensors themselves where d is a multiple of 4, else copies whose rows end in zeros.
  queryRows: usize;
  queryStride: i32;
  keyRows: usize;
  keyStride: i32;
  valueRows: usize;
  valueStride: i32;

  // Eight keys side by side [b, hkv, keyBlocks, panels, d, 8], times the scale; values the same, without it.
  keyPanels: usize;
  valuePanels: usize;

  out: usize;
  logSumExp: usize;

  terms: usize;
  termCount: i32;
  /** Whether some term masks pairs one by one. */
  termsMask: i32;
  /** Keys of each batch row that are visible [b]; 0 where all are. */
  keyLimits: usize;

  // Original positions; 0 where a token stands where it lies.
  queryPositions: usize;
  queryPositionBatch: i32;
  queryPositionHeads: i32;
  /** Padded by 8 after each list. */
  keyPositions: usize;
  keyPositionBatch: i32;
  keyPositionHeads: i32;
  causal: i32;

  /** Residues of pair dropout, 3 tables [b · h · nq] one after another; 0 without dropout. */
  dropoutQueries: usize;
  /** 3 tables [nk + 8]. */
  dropoutKeys: usize;
  dropoutThreshold: f32;
  dropoutGain: f32;

  // Transformer-XL's relative term: queryRows hold q + u, these q + v; r as rows [h, distances, d] and as panels, times the scale.
  positionRows: usize;
  relativeRows: usize;
  relativePanels: usize;
  relativeLength: i32;

  // Backward: rows of the cotangent of out, and D − dlse for each query, then what is made. dQ and its like are still to be scaled.
  outCotangentRows: usize;
  offsetOfQueries: usize;
  logSumExpCotangent: usize;
  outCotangent: usize;
  queryCotangent: usize;
  positionCotangent: usize;
  keyCotangent: usize;
  valueCotangent: usize;
  /** [keyChunks, b, h, distances, stride] */
  relativeCotangent: usize;
  /** Gradients of u and v, apart for each batch row: [b, h, stride]. */
  contentSums: usize;
  positionSums: usize;

  // Backward, in chunks of key blocks: how many, of how many blocks, each with its QueryPart. The cotangents of queries and
  // positions above are made in those parts.
  keyChunks: i32;
  blocksOfChunk: i32;
  queryParts: usize;
  /** Whether an item is a chunk of all key sequences, because all of them add to the gradient of one table. */
  chunksOfAll: i32;

  /** One logit for each head that joins the softmax's denominator [h]; 0 without. */
  sinks: usize;

  /** What rounding took from each query's log-sum-exp; 0 going back where nobody knows. */
  roundedOff: usize;
  /** How careful to be: 0, `withScores` or `withRows`. */
  care: i32;
}

/** Scores may be infinite, NaN or near the ends of float32: all blocks are computed as partial ones are. */
export const withScores: i32 = 1;
/** Rows of queries, keys, values or cotangents may be infinite or NaN too: a weight of 0 leaves its row out of a sum. */
export const withRows: i32 = 2;

/** One step between the scaled scores and the softmax; kinds below. */
@unmanaged
export class Term {
  kind: i32;
  /** The tensor's values. */
  table: usize;
  /** 1 or b; 1 or h: whether batch rows and heads have tables of their own. */
  batch: i32;
  heads: i32;
  /** Numbers of each table. */
  size: i32;
  /** Numbers of each row of a table. */
  columns: i32;
  /** Column of distance 0. */
  center: i32;
  /** Cap, ramp or the score of a token with itself. */
  amount: f32;
  /** Where its gradient is added up. */
  cotangent: usize;
  /** Whether the gradient has a table for each chunk of keys, batch row and head, instead of the table's own shape. */
  apart: i32;
  /** Which of the kept slopes is its own, going back; −1 where its slope is 1. */
  slope: i32;
}

export const termBytes: usize = 44;

export const biasKind: i32 = 0;
export const blockBiasKind: i32 = 1;
export const distanceBiasKind: i32 = 2;
export const cellBiasKind: i32 = 3;
export const alibiKind: i32 = 4;
export const softCapKind: i32 = 5;
export const spanRampKind: i32 = 6;
export const selfScoreKind: i32 = 7;

// @ts-ignore: decorator
@inline
export function termAt(job: Job, index: i32): Term {
  return changetype<Term>(job.terms + <usize>index * termBytes);
}
