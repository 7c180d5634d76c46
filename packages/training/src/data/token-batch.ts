import { type LayerState, paddingOfLengths } from '@longspan/core-tensor';
import {
  ConfigError,
  isList,
  isRecord,
  requireCountOfNumbers,
  requireInteger,
  requireIntegers,
  requireKind,
  requireKnown,
  show,
} from '@longspan/core-tensor/error';
import { tensor2d } from '@tensorflow/tfjs-core';
import type { Batch } from '../train/batch.ts';
import { requireTokens } from './require-tokens.ts';

/** Tokens as lists of the host: what `segments`, `taskBatch`, `paddedBatch` and `packedBatch` give. */
export interface TokenBatch {
  /** [b · n], row after row */
  readonly ids: ArrayLike<number>;
  readonly shape: readonly [batch: number, length: number];
  /** [b · n]: the token that each position should name; −100 where none counts. */
  readonly targets?: ArrayLike<number> | undefined;
  /** The rows that begin a text here. */
  readonly starts?: readonly number[] | undefined;
  /** Tokens of each row, which stand before its padding. */
  readonly lengths?: readonly number[] | undefined;
  /** For each row the sequence of each token. */
  readonly documents?: readonly ArrayLike<number>[] | undefined;
  /** [b · n]: where each token stands in its own sequence. */
  readonly positions?: ArrayLike<number> | undefined;
}

/** How a model reads batches of tokens. */
export interface TokenDataOptions<Tokens extends TokenBatch> {
  /**
   * What the model reads besides x. By default what the batch has: `targets` as int32 [b, n], `padding` of its lengths, `documents` as the
   * lists they are and `positions` as int32 [b, n]; a model that does not read one of them says so.
   */
  readonly context?: ((batch: Tokens) => Readonly<Record<string, unknown>>) | undefined;
  /**
   * Lets rows of a memory start again where a text begins: `resetRows` of @longspan/memory-xl. Only models with memory need it, and only
   * where some rows begin a text while others go on.
   */
  readonly reset?: ((state: LayerState, rows: readonly number[]) => LayerState) | undefined;
}

/** Of each option what it must be. */
export const tokenDataNames = { context: 'function', reset: 'function' } as const;

/** The tensors of a batch of the host, for one pass of `train`. */
export function asBatch<Tokens extends TokenBatch>(caller: string, tokens: Tokens, { context, reset }: TokenDataOptions<Tokens>): Batch {
  const { ids, targets, starts = [] } = requireTokenBatch(caller, tokens, context !== undefined);
  const shape = [...tokens.shape] as [number, number];
  const count = targets?.reduce((sum, target) => sum + Number(target !== -100), 0);
  const own = context === undefined ? contextOf(tokens) : context(tokens);
  requireKind(caller, 'what context gives', own, 'record');
  const carry = starts.length === 0 ? {} : { carry: carryOf(caller, starts, shape[0], reset) };
  return { x: tensor2d([...ids], shape, 'int32'), context: own, ...(count === undefined ? {} : { count }), ...carry };
}

function contextOf({ shape: [batch, length], targets, lengths, documents, positions }: TokenBatch): Readonly<Record<string, unknown>> {
  const matrix = (values: ArrayLike<number>) => tensor2d(Int32Array.from(values), [batch, length], 'int32');
  return {
    ...(targets === undefined ? {} : { targets: matrix(targets) }),
    ...(lengths === undefined ? {} : { padding: paddingOfLengths(lengths, length) }),
    ...(documents === undefined ? {} : { documents }),
    ...(positions === undefined ? {} : { positions: matrix(positions) }),
  };
}

/** What a model keeps of its state where these rows begin a text. */
function carryOf(caller: string, starts: readonly number[], batch: number, reset: TokenDataOptions<TokenBatch>['reset']) {
  return (state: LayerState): LayerState => {
    if (new Set(starts).size === batch) return {};
    if (reset !== undefined) return reset(state, starts);
    if (Object.keys(state).length === 0) return state;
    throw new ConfigError({
      caller,
      problem: 'reset must be given where some rows begin a text and the model remembers.',
      expected: '{ reset: resetRows } of @longspan/memory-xl, or another function (state, rows) => state',
      got: `no reset; rows ${show(starts)} of ${batch} begin a text`,
      remedy: 'say how rows start again, else they go on with the memory of the text before.',
    });
  };
}

interface Checked {
  readonly ids: readonly number[];
  readonly targets: readonly number[] | undefined;
  readonly starts: readonly number[] | undefined;
}

/** What `segments` and the others put into a batch; a context of the user's own may read more. */
const batchNames = ['ids', 'shape', 'targets', 'starts', 'lengths', 'documents', 'positions', 'position'] as const;

function requireTokenBatch(caller: string, batch: TokenBatch, hasOwnContext: boolean): Checked {
  requireKind(caller, 'a batch', batch, 'record');
  const { ids, shape, targets, starts, positions, documents } = batch;
  if (ids === undefined || !Array.isArray(shape) || shape.length !== 2) throw notTokens(caller, batch);
  if (!hasOwnContext) requireKnown(caller, batch, batchNames);
  requireInteger(caller, { 'shape[0]': shape[0], 'shape[1]': shape[1] }, 1);
  requireCountOfNumbers(caller, shape);
  const [rows, length] = shape as readonly [number, number];
  const counted = (name: string, all: readonly number[], count = rows * length): readonly number[] => {
    if (all.length !== count) throw notAsMany(caller, name, `${count === length ? length : `${rows} · ${length}`}`, all.length);
    return all;
  };
  if (positions !== undefined) counted('positions', requireTokens(caller, 'positions', positions));
  if (documents !== undefined) {
    if (!isList(documents) || documents.length !== rows) throw notOfRows(caller, rows, documents);
    documents.forEach((row, at) => {
      counted(`documents[${at}]`, requireIntegers(caller, `documents[${at}]`, row), length);
    });
  }
  return {
    ids: counted('ids', requireTokens(caller, 'ids', ids)),
    targets: targets === undefined ? undefined : counted('targets', requireTokens(caller, 'targets', targets, ignored)),
    starts: starts === undefined ? undefined : requireRows(caller, starts, rows),
  };
}

const notTokens = (caller: string, batch: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'a batch must be lists of tokens and their shape.',
    expected: '{ ids, shape: [batch, length] }, with targets as a rule',
    got: isRecord(batch) ? `{ ${Object.keys(batch).join(', ')} }` : show(batch),
    remedy: 'give what segments, taskBatch, paddedBatch or packedBatch gives; a batch of tensors needs no other function around it.',
  });

/** The target of a token that does not count. */
const ignored = -100;

function requireRows(caller: string, starts: readonly number[], rows: number): readonly number[] {
  const all = requireIntegers(caller, 'starts', starts, 0);
  const wrong = all.find((row) => row >= rows);
  if (wrong === undefined) return all;
  throw new ConfigError({
    caller,
    problem: 'starts must be rows of the batch.',
    expected: `integers from 0 to ${rows - 1}`,
    got: String(wrong),
    remedy: 'give the rows in which a text begins, counted from 0.',
  });
}

const notOfRows = (caller: string, rows: number, documents: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'documents must have one list for each row.',
    expected: `${rows} lists  (set by shape)`,
    got: isList(documents) ? `${documents.length}` : show(documents),
    remedy: 'give for each row the sequence of each token, as packedBatch does.',
  });

const notAsMany = (caller: string, name: string, count: string, got: number): ConfigError =>
  new ConfigError({
    caller,
    problem: `${name} must have one number for each token.`,
    expected: `${count}  (set by shape)`,
    got: String(got),
    remedy: 'give row after row in one list.',
  });
