import type { ScoreTerm } from '@longspan/core-tensor';
import { type AttentionCall, isLearned, tensorsOf } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Arena } from './arena.ts';

/** How careful the kernels have to be with a call's numbers: `care` of assembly/attention/job.ts. */
export const care = { none: 0, withScores: 1, withRows: 2 } as const;

/** Scores below it are far enough from the ends of float32 for sums and differences of them. */
const ordinary = 1e28;

/** Products of values and cotangents below it stay within float32, whatever dropout's gain. */
const finite = 1e36;

/** Sums of values below it stay within float32. */
const largestSum = 1e38;
const largestFloat = 3.5e38;

/** Tokens that two positions may be apart. */
const farthest = 2 ** 32;

/** Numbers of an operand that one item looks at. */
const pieceLength = 2 ** 16;

/** What was found of a call's numbers. */
export interface Care {
  readonly care: number;
  /**
   * A power of two that values are multiplied by before their weighted sums are made, which are divided by the weights only afterwards: 1
   * but where a sum of values could leave float32 although their mean does not.
   */
  readonly valueScale: number;
}

/**
 * Looks at all operands once, before anything is computed: only where their numbers could make scores that are infinite, NaN or
 * as low as the least float do the kernels compute full blocks as they do partial ones.
 * @param cotangents what is multiplied with rows besides the call's own: of `out` (with values), and of the log-sum-exp
 * @cost one pass over the operands
 */
export function careOf(runtime: Runtime, arena: Arena, call: AttentionCall, cotangents: readonly Tensor[] = []): Care {
  const { q, k, v, terms, sizes } = call;
  const relative = terms.find((term) => term.kind === 'relativePositions');
  const ofRelative = relative === undefined ? [] : tensorsOf(relative);
  const ofOthers = [v, ...cotangents];
  const tables = terms.flatMap((term) => (isTable(term) ? tensorsOf(term) : []));
  const largest = largestOf(runtime, arena, [q, k, ...ofRelative, ...ofOthers, ...tables]);
  const rows = 2 + ofRelative.length;
  const magnitudes = largest.slice(0, rows + ofOthers.length);
  const [ofValues = 0, ofOutCotangent = 0] = magnitudes.slice(rows);
  const largestOfSums = sizes.keyLength * (Number.isFinite(ofValues) ? ofValues : largestFloat);
  const valueScale = largestOfSums < largestSum ? 1 : 2 ** -Math.ceil(Math.log2(largestOfSums / largestSum));
  return { care: careFor(call, { largest, rows, others: ofOthers.length, ofValues, ofOutCotangent }), valueScale };
}

interface Found {
  /** Of each operand: queries, keys, the tensors of relative positions, others, tables. */
  readonly largest: readonly number[];
  readonly rows: number;
  readonly others: number;
  readonly ofValues: number;
  readonly ofOutCotangent: number;
}

function careFor({ terms, scale, sizes }: AttentionCall, { largest, rows, others, ofValues, ofOutCotangent }: Found): number {
  if (!largest.slice(0, rows + others).every(Number.isFinite)) return care.withRows;
  if (sizes.valueDim * ofValues * ofOutCotangent >= finite) return care.withRows; // of a hidden pair too, where 0 · Infinity is NaN
  const [ofQueries = 0, ofKeys = 0] = largest;
  const farther = Math.max(0, ...largest.slice(2, rows));
  let sum = 2 * Math.abs(scale) * sizes.headDim * (ofQueries + farther) * Math.max(ofKeys, farther);
  for (let at = rows + others; at < largest.length; at++) sum += (largest[at] as number) * farthest;
  for (const term of terms) if (term.kind === 'originalPositions') sum += Math.abs(term.selfScore ?? 0);
  return sum < ordinary ? care.none : care.withScores; // NaN is not below anything
}

/** Whether numbers of its tensors are added to scores, as they are or times a distance. */
const isTable = (term: ScoreTerm): boolean => isLearned(term) && term.kind !== 'relativePositions' && term.kind !== 'attentionSink';

/** The largest magnitude of each operand; NaN where it holds one. */
function largestOf(runtime: Runtime, arena: Arena, operands: readonly Tensor[]): number[] {
  const { heap, kernels } = runtime;
  const pieces: number[] = []; // addresses and counts, as the kernel takes them
  const ends = operands.map((operand) => {
    const pointer = heap.pointerOf(operand);
    for (let first = 0; first < operand.size; first += pieceLength) {
      pieces.push(pointer + 4 * first, Math.min(pieceLength, operand.size - first));
    }
    return pieces.length / 2;
  });
  const count = pieces.length / 2;
  const listed = arena.ints(pieces);
  const results = arena.allocate(4 * count);
  runJob(runtime, { kernel: kernels.largestMagnitudes, fields: [listed, results], items: count, scratchBytes: 0 });
  const found = heap.f32();
  let at = 0;
  return ends.map((end) => {
    let largest = 0;
    for (; at < end; at++) largest = Math.max(largest, found[results / 4 + at] as number); // NaN stays
    return largest;
  });
}
