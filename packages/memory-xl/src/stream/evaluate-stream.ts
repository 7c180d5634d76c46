import { disposeState, type LayerState } from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { clone } from '@tensorflow/tfjs-core';
import { type SegmentScorer, scoredBy } from './segment-scorer.ts';
import { disposeStream, requireStream, type StreamState } from './stream-state.ts';
import { type StreamChunk, tokenSource } from './token-source.ts';

export interface StreamOptions {
  /** Tokens that are read at a time. The result does not depend on how the source is cut, but it may on this. */
  readonly segmentLength: number;
  /** Where to go on; from the beginning, without a state, by default. Stays the caller's. */
  readonly state?: StreamState | undefined;
  /** The position of the source's first token in the whole text; 0 by default. What the state has read already is passed over. */
  readonly sourceStart?: number | undefined;
  /** Ends the evaluation after the segment at work: the result is then not finished. */
  readonly signal?: AbortSignal | undefined;
  /** Called, and awaited, after each segment. The state's tensors are alive during the call: save what is to be kept. */
  readonly onSegment?: ((state: StreamState) => void | Promise<void>) | undefined;
}

export interface StreamResult {
  /** False where the signal ended it before the source did. */
  readonly finished: boolean;
  /** Where it stands; belongs to the caller. */
  readonly state: StreamState;
  /** The mean loss of a token in bits: bits per character where a token is a character. NaN where nothing was predicted. */
  readonly bitsPerToken: number;
}

const caller = 'evaluateStream';
/** Timers, and in a page the user, get their turn at least that often, in ms. */
const longestStretch = 50;

/**
 * Measures how well a model with memory predicts a text of any length: reads it segment by segment, keeps the memory and one segment
 * of tokens, and nothing that grows with the text. The first token has nothing before it and is only read.
 * Texts are read as UTF-8, a token for each byte; give lists of tokens for any other vocabulary.
 * @param score the model as a function of one segment; of the tensors that it makes, only those that it gives stay
 * @param source pieces of any length; they are read one at a time, so an endless source does no harm
 * @returns how far it came. Resumed from a state of `onSegment` it gives the same bits as without the break
 * @throws ConfigError when an option is not possible or a piece is neither text nor tokens; what the model or the source throws
 * @cost that of the model for each segment; 4 · segmentLength bytes of tokens, one memory (two while a segment is at work)
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.2, evaluation phase
 * @example
 * const sizes = { vocabulary: 256, width: 4 };
 * const embedding = adaptiveEmbedding(sizes);
 * const layers = segmentRecurrence({ width: 4, layers: 2, heads: 2, headDim: 2, innerWidth: 8, memoryLength: 6, embedding });
 * const softmax = adaptiveSoftmax(sizes);
 * const [own, ofSoftmax] = [layers.init(createKey(0)), softmax.init(createKey(1))];
 * const score = (tokens, { targets, state }) => {
 *   const { hidden, state: memory } = layers.apply(own, tokens, { state });
 *   return { hidden: softmax.apply(ofSoftmax, hidden, { targets }), state: memory };
 * };
 * const { state, finished } = await evaluateStream(score, ['Call me', ' Ishmael.'], { segmentLength: 4 });
 * [finished, state.predicted]; // => [true, 15]
 */
export async function evaluateStream(
  score: SegmentScorer,
  source: AsyncIterable<StreamChunk> | Iterable<StreamChunk>,
  options: StreamOptions,
): Promise<StreamResult> {
  requireKind(caller, 'score', score, 'function');
  requireKnown(caller, options, { segmentLength: true, state: 'record', sourceStart: true, signal: true, onSegment: 'function' });
  const { segmentLength, sourceStart = 0, signal, onSegment } = options;
  if (options.state !== undefined) requireStream(caller, options.state, 'state');
  if (signal !== undefined && typeof signal.addEventListener !== 'function') throw noSignal(signal);
  if (!isIterable(source)) throw noSource(source);
  requireInteger(caller, { segmentLength }, 1);
  requireInteger(caller, { sourceStart }, 0, { atMost: Number.MAX_SAFE_INTEGER });
  const given = options.state;
  let state = given ?? { predicted: 0, nats: 0, state: {} };
  const passOver = state.predicted - sourceStart;
  if (passOver < 0) throw beyond(state.predicted, sourceStart);

  const release = (): void => {
    if (state !== given) disposeStream(state);
  };
  const predict = async (tokens: Int32Array): Promise<void> => {
    const next = await predicted(score, state, tokens);
    release();
    state = next;
    await onSegment?.(state);
  };

  const pieces = tokenSource(source);
  const abort = abortOf(signal);
  try {
    const finished = await readSegments({ next: () => pieces.next(), abort, segmentLength, passOver }, predict);
    // A state that is returned is the caller's; one that was given already is, so it is handed out as a copy.
    if (state === given) state = { ...state, state: copied(state.state) };
    return { finished, state, bitsPerToken: state.nats / Math.LN2 / state.predicted };
  } catch (error) {
    release();
    throw error;
  } finally {
    abort.forget();
    pieces.return(undefined).catch(() => {}); // not awaited: a source that never answers must not hold up an abort
  }
}

/** The state after one more segment: all but the last of the tokens are read, all but the first predicted. */
async function predicted(score: SegmentScorer, state: StreamState, tokens: Int32Array): Promise<StreamState> {
  const count = tokens.length - 1;
  const scored = scoredBy(caller, score, [tokens.subarray(0, count)], { targets: tokens.subarray(1), state: state.state });
  try {
    let { nats } = state;
    for (const loss of await scored.hidden.data()) nats += loss; // one after the other: a resumed sum must round alike
    if (!Number.isFinite(nats)) throw notFinite(state.predicted, count);
    return { predicted: state.predicted + count, nats, state: scored.state };
  } catch (error) {
    if (scored.state !== state.state) disposeState(scored.state);
    throw error;
  } finally {
    scored.hidden.dispose();
  }
}

const notFinite = (predicted: number, count: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'all losses must be finite numbers.',
    expected: 'finite numbers',
    got: `NaN or Infinity among the losses of tokens ${predicted + 1} to ${predicted + count}`,
    remedy: 'look at the parameters: a weight that is not finite spoils every loss.',
  });

const copied = (state: LayerState): LayerState =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [name, typeof value === 'number' ? value : clone(value)]));

interface Reading {
  readonly next: () => Promise<IteratorResult<ArrayLike<number>>>;
  readonly abort: Abort;
  readonly segmentLength: number;
  /** Tokens at the beginning that were read before. */
  readonly passOver: number;
}

/** Fills segments however the pieces are cut, each with the token after it; whether the source came to its end. */
async function readSegments(
  { next, abort, segmentLength, passOver }: Reading,
  predict: (tokens: Int32Array) => Promise<void>,
): Promise<boolean> {
  const segment = new Int32Array(segmentLength + 1);
  let [filled, left, lastTurn] = [0, passOver, performance.now()];
  for (;;) {
    const piece = abort.happened() ? 'aborted' : await Promise.race([abort.promise, next()]);
    if (piece === 'aborted') return false;
    if (piece.done) break;
    const tokens = piece.value;
    for (let at = Math.min(left, tokens.length); at < tokens.length; at++) {
      segment[filled++] = requireToken(tokens[at] as number);
      if (filled <= segmentLength) continue;
      await predict(segment.slice());
      segment[0] = segment[segmentLength] as number;
      filled = 1;
      if (performance.now() - lastTurn > longestStretch) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        lastTurn = performance.now();
      }
      if (abort.happened()) return false;
    }
    left -= Math.min(left, tokens.length);
  }
  if (left > 0) throw tooShort(left, passOver);
  if (filled > 1) await predict(segment.slice(0, filled));
  return true;
}

interface Abort {
  readonly promise: Promise<'aborted'>;
  readonly happened: () => boolean;
  readonly forget: () => void;
}

function abortOf(signal: AbortSignal | undefined): Abort {
  let forget = (): void => {};
  const promise = new Promise<'aborted'>((resolve) => {
    const listener = (): void => resolve('aborted');
    signal?.addEventListener('abort', listener);
    forget = () => signal?.removeEventListener('abort', listener);
  });
  return { promise, happened: () => signal?.aborted === true, forget };
}

function requireToken(token: number): number {
  if (Number.isInteger(token)) return token;
  throw new ConfigError({
    caller,
    problem: 'every token of the source must be an integer.',
    expected: 'integers',
    got: show(token),
    remedy: 'give lists of token ids, or texts for a token per byte.',
  });
}

const beyond = (read: number, sourceStart: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the source must start at or before the saved position.',
    expected: `sourceStart at most ${read}, the tokens that the state has read`,
    got: String(sourceStart),
    remedy: 'give the source from its beginning, or from any token that was read already.',
  });

const tooShort = (missing: number, passOver: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the source must reach the place to go on from.',
    expected: `more than ${passOver} tokens`,
    got: `${passOver - missing}`,
    remedy: 'give the text that the state was made with, and its sourceStart.',
  });

const isIterable = (source: unknown): boolean =>
  typeof source === 'object' &&
  source !== null &&
  (typeof (source as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function' ||
    typeof (source as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function');

const noSource = (source: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'source must be a list or a stream of chunks.',
    expected: 'an iterable, or an async iterable, of texts or lists of tokens',
    got: show(source),
    remedy: typeof source === 'string' ? 'put the text into a list: [text].' : 'give a list of chunks, or a stream.',
  });

const noSignal = (signal: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'signal must be an AbortSignal.',
    expected: 'the signal of an AbortController',
    got: show(signal),
    remedy: 'give controller.signal, or leave it out.',
  });
