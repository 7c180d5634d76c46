import { type LayerState, paddingOfLengths } from '@longspan/core-tensor';
import {
  ConfigError,
  isRecord,
  requireCountOfNumbers,
  requireInteger,
  requireIntegers,
  requireKind,
  show,
} from '@longspan/core-tensor/error';
import { tensor2d } from '@tensorflow/tfjs-core';
import type { Batch } from '../train/batch.ts';

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
  const { ids, targets, starts = [] } = requireTokenBatch(caller, tokens);
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

function requireTokenBatch(caller: string, batch: TokenBatch): Checked {
  requireKind(caller, 'a batch', batch, 'record');
  const { ids, shape, targets, starts, positions } = batch;
  if (!Array.isArray(shape) || shape.length !== 2) throw notTokens(caller, batch);
  requireInteger(caller, { 'shape[0]': shape[0], 'shape[1]': shape[1] }, 1);
  requireCountOfNumbers(caller, shape);
  const list = (name: string, values: ArrayLike<number> | undefined): readonly number[] | undefined => {
    if (values === undefined) return undefined;
    const all = requireIntegers(caller, name, values);
    if (all.length !== shape[0] * shape[1]) throw notAsMany(caller, name, shape, all.length);
    return all;
  };
  list('positions', positions);
  return {
    ids: list('ids', ids) ?? [],
    targets: list('targets', targets),
    starts: starts === undefined ? undefined : requireIntegers(caller, 'starts', starts, 0),
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

const notAsMany = (caller: string, name: string, shape: readonly number[], got: number): ConfigError =>
  new ConfigError({
    caller,
    problem: `${name} must have one number for each token.`,
    expected: `${shape.join(' · ')}  (set by shape)`,
    got: String(got),
    remedy: 'give row after row in one list.',
  });
