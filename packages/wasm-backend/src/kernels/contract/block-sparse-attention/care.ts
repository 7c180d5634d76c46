import { type AttentionCall, tensorsOf } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Runtime, runJob } from '../../../runtime/runtime.ts';
import type { Arena } from './arena.ts';

/** How careful the kernels have to be with a call's numbers: `care` of assembly/attention/job.ts. */
export const care = { none: 0, withScores: 1, withRows: 2 } as const;

/** Scores below it are far enough from the ends of float32 for differences and sums of them. */
const ordinary = 1e28;

/** Tokens that two positions may be apart. */
const farthest = 2 ** 32;

/** Numbers of an operand that one item looks at. */
const pieceLength = 2 ** 16;

/**
 * Looks at all operands once, before anything is computed: only where their numbers could make scores that are infinite, NaN or
 * as low as the least float do the kernels compute full blocks as they do partial ones.
 * @param cotangents what is multiplied with rows besides the call's own
 * @cost one pass over the operands
 */
export function careOf(runtime: Runtime, arena: Arena, call: AttentionCall, cotangents: readonly Tensor[] = []): number {
  const { q, k, v, terms, scale, sizes } = call;
  const ofTerms = terms.map((term) => ({ term, tensors: tensorsOf(term).filter(({ dtype }) => dtype === 'float32') }));
  const rows = [q, k, v, ...cotangents, ...ofTerms.flatMap(({ term, tensors }) => (term.kind === 'relativePositions' ? tensors : []))];
  const tables = ofTerms.flatMap(({ term, tensors }) => (isRows(term) ? [] : tensors.map((tensor) => ({ term, tensor }))));
  const largest = largestOf(runtime, arena, [...rows, ...tables.map(({ tensor }) => tensor)]);
  if (largest.slice(0, rows.length).some((each) => !Number.isFinite(each))) return care.withRows;
  const [ofQueries = 0, ofKeys = 0, , ...others] = largest;
  const ofRelative = Math.max(0, ...others.slice(cotangents.length, rows.length - 3));
  const products = Math.abs(scale) * sizes.headDim * (ofQueries + ofRelative) * Math.max(ofKeys, ofRelative);
  const added = tables.map(({ term }, at) => (largest[rows.length + at] as number) * (term.kind === 'alibi' ? farthest : 1));
  const constants = terms.map((term) => (term.kind === 'originalPositions' ? Math.abs(term.selfScore ?? 0) : 0));
  const sum = [...added, ...constants].reduce((one, other) => one + other, 2 * products);
  return sum < ordinary ? care.none : care.withScores; // NaN is not below anything
}

const isRows = ({ kind }: AttentionCall['terms'][number]): boolean => kind === 'relativePositions' || kind === 'attentionSink';

/** The largest magnitude of each operand; NaN where it holds one. */
function largestOf(runtime: Runtime, arena: Arena, operands: readonly Tensor[]): number[] {
  const { heap } = runtime;
  const pieces = operands.flatMap((operand, owner) => {
    const pointer = heap.pointerOf(operand);
    return Array.from({ length: Math.ceil(operand.size / pieceLength) }, (_, at) => {
      const first = at * pieceLength;
      return { owner, pointer: pointer + 4 * first, count: Math.min(pieceLength, operand.size - first) };
    });
  });
  const listed = arena.ints(pieces.flatMap(({ pointer, count }) => [pointer, count]));
  const results = arena.allocate(4 * pieces.length);
  runJob(runtime, { kernel: runtime.kernels.largestMagnitudes, fields: [listed, results], items: pieces.length, scratchBytes: 0 });
  const found = heap.f32().subarray(results / 4, results / 4 + pieces.length);
  const largest = operands.map(() => 0);
  pieces.forEach(({ owner }, at) => {
    largest[owner] = Math.max(largest[owner] as number, found[at] as number); // NaN stays
  });
  return largest;
}
