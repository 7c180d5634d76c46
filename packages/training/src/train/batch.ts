import type { LayerState } from '@longspan/core-tensor';
import { ConfigError, isRecord, requireInteger, requireKind, requireKnown, show, typeName } from '@longspan/core-tensor/error';
import { Tensor } from '@tensorflow/tfjs-core';

/** What one pass through the model takes. Its tensors belong to the run, which disposes them. */
export interface Batch {
  readonly x: Tensor;
  /** All else that the model reads: targets, padding. */
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  /**
   * How many numbers the loss is the mean of: tokens whose targets count, as a rule. The numbers of x by default. A batch of 0 teaches nothing:
   * a step takes the next one as well, and a model with memory remembers it.
   */
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

function requireBatch(caller: string, batch: Batch): void {
  requireKind(caller, 'batch', batch, 'record');
  requireKnown(caller, batch, { x: true, context: 'record', count: true, carry: 'function' });
  requireKind(caller, 'batch.x', batch.x, 'tensor');
  if (batch.count !== undefined) requireInteger(caller, { 'batch.count': batch.count }, 0);
}

/** Disposes every tensor of a batch, however deep in its context: an encoder's rows are `context.encoder.hidden`. */
export function disposeBatch(batch: unknown): void {
  const found = new Set([batch]); // grows while it is walked
  for (const each of found) {
    if (each instanceof Tensor) each.dispose();
    else if (Array.isArray(each) || isRecord(each))
      for (const value of Object.values(each)) if (typeof value === 'object') found.add(value);
  }
}

/** The batches of some data from a position on; each is checked where it comes in. */
export async function* batchesOf(caller: string, data: Data, from: number): AsyncGenerator<Batch, undefined> {
  const batches: unknown = data(from);
  if (!isIterable(batches)) {
    throw new ConfigError({
      caller,
      problem: 'data must give batches one after the other.',
      expected: 'a generator, or another iterable of batches',
      got: typeName(batches) === 'Promise' ? 'a promise' : show(batches),
      remedy: 'write data as function* (from) { … yield { x, context }; }, or as async function*.',
    });
  }
  for await (const batch of batches) {
    try {
      requireBatch(caller, batch);
    } catch (error) {
      disposeBatch(batch);
      throw error;
    }
    yield batch;
  }
  return undefined;
}

/**
 * The next batch, or that the signal came while there was none yet: a stream may wait for ever. What still comes then is disposed.
 */
export async function nextBatch(batches: AsyncIterator<Batch>, signal: AbortSignal | undefined): Promise<IteratorResult<Batch> | 'signal'> {
  if (signal === undefined) return batches.next();
  if (signal.aborted) return 'signal';
  const next = batches.next();
  let stop = (): void => {};
  const aborted = new Promise<'signal'>((resolve) => {
    stop = () => resolve('signal');
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    const first = await Promise.race([next, aborted]);
    if (first === 'signal') {
      next.then(
        ({ value }) => disposeBatch(value),
        () => {}, // nobody waits for it any more
      );
    }
    return first;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Lets go of data. After the signal nobody waits: its next batch may never come. */
export async function closeBatches(batches: AsyncGenerator<Batch, undefined>, signal: AbortSignal | undefined): Promise<void> {
  const closed = batches.return(undefined);
  if (signal?.aborted) closed.catch(() => {});
  else await closed;
}

const isIterable = (value: unknown): value is Iterable<Batch> | AsyncIterable<Batch> =>
  typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
