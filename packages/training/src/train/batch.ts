import type { LayerState } from '@longspan/core-tensor';
import { requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { Tensor } from '@tensorflow/tfjs-core';

/** What one pass through the model takes. Its tensors belong to the run, which disposes them. */
export interface Batch {
  readonly x: Tensor;
  /** All else that the model reads: targets, padding. */
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  /** How many numbers the loss is the mean of: tokens whose targets count, as a rule. The numbers of x by default. */
  readonly count?: number | undefined;
  /**
   * What the model remembers before this batch, of what it remembered after the last one: `() => ({})` where a text begins, `(state) =>
   * resetRows(state, starts)` of @longspan/memory-xl where one begins in some rows. All of it by default.
   */
  readonly carry?: ((state: LayerState) => LayerState) | undefined;
}

/**
 * Batches from a position on: the n-th batch is the same whoever asks, so that a run can go on where it stopped. A run ends where they end.
 */
export type Data = (from: number) => Iterable<Batch> | AsyncIterable<Batch>;

export function requireBatch(caller: string, batch: Batch): void {
  requireKnown(caller, batch, { x: true, context: 'record', count: true, carry: 'function' });
  requireKind(caller, 'batch.x', batch.x, 'tensor');
  if (batch.count !== undefined) requireInteger(caller, { 'batch.count': batch.count }, 1);
}

export function disposeBatch({ x, context = {} }: Batch): void {
  x.dispose();
  for (const value of Object.values(context)) if (value instanceof Tensor) value.dispose();
}

export async function* batchesOf(data: Data, from: number): AsyncGenerator<Batch, undefined> {
  yield* data(from);
  return undefined;
}
