import { ConfigError, isList, mostNumbers, requireCountOfNumbers, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import { requireTokenSource, type TokenReader, type TokenSource, tokenReader } from './token-reader.ts';

/** A batch of segments: each row goes on where it was in the batch before. Lists of the host, row after row. */
export interface SegmentBatch {
  /** [b · n]; 0 after the end of a document. */
  readonly ids: Int32Array;
  /** [b · n]: the token after each; −100 where none counts. */
  readonly targets: Int32Array;
  readonly shape: readonly [batch: number, length: number];
  /** The rows that begin a document here: their memory of what came before must go (`resetRows` of @longspan/memory-xl). */
  readonly starts: readonly number[];
  /** How many batches there were up to here, this one among them: give it as `position` to go on after it. */
  readonly position: number;
}

export interface SegmentOptions {
  /** Tokens of a segment. */
  readonly segmentLength: number;
  /** How many documents are read beside each other; 1 by default. */
  readonly batch?: number | undefined;
  /** The batches that are passed over, because they were taken before; 0 by default. */
  readonly position?: number | undefined;
}

/**
 * Cuts documents of any length into segments whose rows go on from batch to batch, for models with memory. Each row reads one document to its
 * end and then takes the next one, so that a batch holds parts of several; a segment in which a document ends has targets of −100 after it.
 * @param documents lists of tokens, or sources of their pieces (`byteTokens`, `wordTokens`), also as an async iterable; one long text that is
 *   in memory is made a document for each row by `tracks`
 * @returns batches of one shape, which depend neither on how sources are cut nor on `position`
 * @throws ConfigError when a size is not possible, and for a token that is not an integer of at least 0
 * @cost O(tokens); one segment and one piece of each row are in memory. A position costs reading up to it
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.2; the iterators of its code
 * @example
 * const batches = segments([[1, 2, 3, 4], [5, 6]], { segmentLength: 2 });
 * const { ids, targets, starts } = (await batches.next()).value;
 * [[...ids], [...targets], starts]; // => [[1, 2], [2, 3], [0]]
 * const next = (await batches.next()).value;
 * [[...next.ids], [...next.targets], next.starts]; // => [[3, 0], [4, -100], []]
 */
export function segments(
  documents: Iterable<TokenSource> | AsyncIterable<TokenSource>,
  options: SegmentOptions,
): AsyncGenerator<SegmentBatch> {
  requireDocuments(documents);
  requireKnown(caller, options, { segmentLength: true, batch: true, position: true });
  const { segmentLength, batch = 1, position = 0 } = options;
  requireInteger(caller, { segmentLength, batch }, 1, { atMost: mostNumbers });
  requireCountOfNumbers(caller, [batch, segmentLength]);
  requireInteger(caller, { position }, 0, { atMost: Number.MAX_SAFE_INTEGER });
  return batchesOf(documents, { segmentLength, batch, position });
}

const caller = 'segments';

/** Where a row stands. */
interface Row {
  document: TokenReader;
  /** The last target, which is the first token of the row's next segment. */
  last: number;
}

async function* batchesOf(
  documents: Iterable<TokenSource> | AsyncIterable<TokenSource>,
  { segmentLength, batch, position }: { readonly [Name in keyof SegmentOptions]-?: number },
): AsyncGenerator<SegmentBatch> {
  const waiting = each(documents);
  const rows: (Row | undefined)[] = new Array<undefined>(batch).fill(undefined);
  try {
    for (let made = 1; ; made++) {
      const ids = new Int32Array(batch * segmentLength);
      const targets = new Int32Array(batch * segmentLength).fill(-100);
      const starts: number[] = [];
      for (let at = 0; at < batch; at++) {
        const segment = (await goOn(rows, at, segmentLength)) ?? (await begin(rows, at, segmentLength, waiting));
        if (segment === undefined) continue;
        ids.set(segment.ids, at * segmentLength);
        targets.set(segment.targets, at * segmentLength);
        if (segment.isStart) starts.push(at);
      }
      if (rows.every((row) => row === undefined)) return;
      if (made > position) yield { ids, targets, shape: [batch, segmentLength], starts, position: made };
    }
  } finally {
    for (const row of rows) await row?.document.close();
    await waiting.return(undefined);
  }
}

interface Segment {
  readonly ids: Int32Array;
  readonly targets: Int32Array;
  readonly isStart: boolean;
}

/** The next segment of a row's document; undefined where that has no further token. */
async function goOn(rows: (Row | undefined)[], at: number, length: number, isStart = false): Promise<Segment | undefined> {
  const row = rows[at];
  if (row === undefined) return undefined;
  const targets = await row.document.take(length);
  if (targets.length === 0) {
    rows[at] = undefined;
    return undefined;
  }
  const ids = new Int32Array(targets.length);
  ids[0] = row.last;
  ids.set(targets.subarray(0, -1), 1);
  row.last = targets.at(-1) as number;
  return { ids, targets, isStart };
}

/** The first segment of the next document that has a token to predict; undefined where there is none. */
async function begin(
  rows: (Row | undefined)[],
  at: number,
  length: number,
  waiting: AsyncGenerator<TokenSource>,
): Promise<Segment | undefined> {
  for (;;) {
    const next = await waiting.next();
    if (next.done === true) return undefined;
    const document = tokenReader(caller, next.value);
    const [last] = await document.take(1);
    if (last === undefined) continue;
    rows[at] = { document, last };
    const segment = await goOn(rows, at, length, true);
    if (segment !== undefined) return segment;
  }
}

async function* each<Value>(values: Iterable<Value> | AsyncIterable<Value>): AsyncGenerator<Value> {
  for await (const value of values) yield value;
}

function requireDocuments(documents: Iterable<TokenSource> | AsyncIterable<TokenSource>): void {
  const isIterable =
    typeof documents === 'object' && documents !== null && (Symbol.asyncIterator in documents || Symbol.iterator in documents);
  const isOne = isList(documents) && documents.length > 0 && typeof documents[0] === 'number';
  if (isIterable && !isOne) {
    if (Array.isArray(documents)) for (const document of documents) requireTokenSource(caller, document);
    return;
  }
  throw new ConfigError({
    caller,
    problem: 'documents must be a list or another iterable of documents.',
    expected: '[tokens, …] or [byteTokens(text), …]',
    got: show(documents),
    remedy: isOne
      ? 'write segments([tokens], …) for a single one.'
      : 'give a list of documents, each a list of tokens or a source of them.',
  });
}
