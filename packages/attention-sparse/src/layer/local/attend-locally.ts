import {
  type AttentionResult,
  attentionDropout,
  dims,
  type Key,
  type OriginalPositionsTerm,
  originalPositions,
  type Padding,
  type ScoreTerm,
} from '@longspan/core-tensor';
import {
  ConfigError,
  type OptionKind,
  requireGiven,
  requireInteger,
  requireKeyHeads,
  requireKnown,
  requireScale,
  ShapeError,
} from '@longspan/core-tensor/error';
import { requireFilled, unitVectors } from '@longspan/core-tensor/kernel';
import { checkPadding, requireRate } from '@longspan/core-tensor/layer';
import type { Span } from '@longspan/core-tensor/layout';
import { concat, pad, type Tensor, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { attend } from '../../attention/attend.ts';
import { queryOffsetOf } from '../../attention/query-offset.ts';
import { cutKeys, cutQueries, type Piece, piecesFor, piecesFrom, type RotationOptions, rotated, tokensOf } from './positions.ts';
import { type LocalWindow, maskOfKeys } from './windows.ts';

/** What all kinds of local attention take. */
export interface LocalAttentionOptions extends LocalRules {
  /** Query i stands at position queryOffset + i; nk − nq by default. */
  readonly queryOffset?: number | undefined;
}

/** The same for as many queries as keys. */
export interface LocalRules {
  /** Tokens in a bucket (local-attention's `window_size`). */
  readonly bucketSize: number;
  /** Buckets before its own that a query attends to; 1 by default. */
  readonly before?: number | undefined;
  /** Buckets after its own; 1 by default, or 0 if causal. */
  readonly after?: number | undefined;
  /** Whether a query attends to nothing after itself; false by default. */
  readonly causal?: boolean | undefined;
  /** Which keys are padding, wherever they stand. */
  readonly padding?: Padding | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Drops that share of the attention weights. */
  readonly attentionDropout?: { readonly key: Key; readonly rate: number } | undefined;
  /** Tokens along each side of a block of the layout; 64 by default, or the length of shorter sequences, filled up to a multiple of 8. */
  readonly blockSize?: number | undefined;
}

/** Their names, for the check that none is misspelt. */
const ruleNames: Readonly<Record<keyof LocalRules, true | OptionKind>> = {
  bucketSize: true,
  before: true,
  after: true,
  causal: 'flag',
  padding: true,
  scale: true,
  attentionDropout: true,
  blockSize: true,
};

/** What tells the kinds apart. */
export interface LocalTraits {
  readonly window: LocalWindow;
  /** Keys of score 0 and value 0 after the last one. */
  readonly zeroKeys?: number | undefined;
  readonly rotation?: RotationOptions | undefined;
  /** Keys come to unit length, and a token attends to itself only if it attends to nothing else. */
  readonly sharedQueryKey?: boolean | undefined;
}

/** As in local-attention: so low that a token's own key counts only where it is alone. */
const selfScore = -5e4;

/**
 * The window in buckets that the options ask for; checks them.
 * @param more names that this kind knows besides
 */
export function windowOf(caller: string, options: LocalRules, more: Readonly<Record<string, true | OptionKind>> = {}): LocalWindow {
  requireKnown(caller, options, { ...ruleNames, ...more });
  const { bucketSize, causal = false, before = 1, after = causal ? 0 : 1, blockSize } = options;
  requireInteger(caller, { bucketSize, blockSize: blockSize ?? 1 }, 1);
  requireInteger(caller, { before, after }, 0);
  requireScale(caller, options.scale);
  if (options.attentionDropout !== undefined) {
    requireKnown(`${caller} attentionDropout`, options.attentionDropout, { key: 'key', rate: true });
    requireGiven(caller, 'attentionDropout.key', options.attentionDropout.key, 'a key, as createKey makes it');
    requireRate(caller, 'attentionDropout.rate', options.attentionDropout.rate);
  }
  if (causal && after > 0) {
    throw new ConfigError({
      caller,
      problem: 'after must be 0 where causal is true.',
      expected: 'after 0, or causal false',
      got: `causal true, after ${after}`,
      remedy: 'leave after out.',
    });
  }
  return { bucketSize, causal, exactWindow: false, before, after };
}

/** The attention of all kinds: queries in pieces where their positions ask for it, one softmax over what each attends to. */
export function attendLocally(
  caller: string,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: LocalAttentionOptions,
  { window, zeroKeys = 0, rotation, sharedQueryKey = false }: LocalTraits,
): AttentionResult {
  const { b, h, hkv, nq, nk, d, dv } = dims(caller, {
    q: [q, 'b h nq d:float32'],
    k: [k, 'b hkv nk d:float32'],
    v: [v, 'b hkv nk dv:float32'],
  });
  requireFilled(caller, { b, h, hkv, nq, nk, d, dv });
  requireKeyHeads(caller, { h, hkv });
  checkPadding(caller, options.padding, { batch: b, length: nk });
  const first = queryOffsetOf(caller, options.queryOffset, { nq, nk });
  if (rotation !== undefined) requirePairs(caller, q);
  const { padding, scale, blockSize } = options;
  const sizes = { ...window, queryLength: nq, keyLength: nk + zeroKeys, xposScaleBase: rotation?.xposScaleBase };
  const isWhole = nq === nk;
  const pieces = isWhole ? piecesFor(sizes) : piecesFrom(first, sizes);
  const cutIntoPieces = isWhole
    ? cutKeys
    : (x: Tensor) =>
        tokensOf(
          x,
          pieces.map(({ keys }) => keys),
        );
  return tidy(() => {
    const keys = cutIntoPieces(padTokens(sharedQueryKey ? unitVectors(k) : k, zeroKeys), pieces);
    const values = cutIntoPieces(padTokens(v, zeroKeys), pieces);
    const queries = isWhole
      ? cutQueries(q, pieces)
      : tokensOf(
          q,
          pieces.map((piece) => piece.queries),
          first,
        );
    const results = queries.map((ofPiece, at) => {
      const [piece, ownKeys] = [pieces[at] as Piece, keys[at] as Tensor];
      const [turnedQ, turnedK] = rotation === undefined ? [ofPiece, ownKeys] : rotated(ofPiece, ownKeys, piece, rotation);
      const score: readonly ScoreTerm[] = [
        ...(sharedQueryKey ? [ownPositions(piece)] : []),
        ...(options.attentionDropout === undefined ? [] : [attentionDropout(pieceDropout(options.attentionDropout, at))]),
      ];
      const queryOffset = piece.queries.start - piece.keys.start;
      const mask = maskOfKeys(window, padding, piece.keys);
      return attend(turnedQ, turnedK, values[at] as Tensor, { mask, score, queryOffset, scale, blockSize });
    });
    if (results.length === 1) return { ...(results[0] as AttentionResult) };
    return {
      out: concat(
        results.map(({ out }) => out),
        2,
      ),
      logSumExp: concat(
        results.map(({ logSumExp }) => logSumExp),
        2,
      ),
    };
  });
}

/** Pieces do not drop the same pairs. */
const pieceDropout = ({ key, rate }: { readonly key: Key; readonly rate: number }, at: number) => ({ key: key.fold(at), rate });

function requirePairs(caller: string, q: Tensor): void {
  const headDim = q.shape[3] as number;
  if (headDim % 2 === 0) return;
  throw new ShapeError({
    caller,
    problem: 'headDim must be even, for rotary positions turn features in pairs.',
    expected: '[b, h, n, d] with an even d',
    got: `[${q.shape.join(', ')}]`,
    remedy: 'give heads an even number of features.',
  });
}

const padTokens = (x: Tensor, count: number): Tensor =>
  count === 0
    ? x
    : pad(x, [
        [0, 0],
        [0, 0],
        [0, count],
        [0, 0],
      ]);

function ownPositions({ queries, keys }: Piece): OriginalPositionsTerm {
  const positions = ({ start, end }: Span): Tensor =>
    tensor3d(
      Int32Array.from({ length: end - start }, (_, at) => start + at),
      [1, 1, end - start],
      'int32',
    );
  return originalPositions({ query: positions(queries), key: positions(keys), selfScore });
}
