import {
  dims,
  dropoutKey,
  type Layer,
  type LayerContext,
  type OriginalPositionsTerm,
  originalPositions,
  type Parameters,
  requireRate,
} from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireKeyHeads, ShapeError } from '@longspan/core-tensor/error';
import { unitVectors } from '@longspan/core-tensor/kernel';
import type { Span } from '@longspan/core-tensor/layout';
import { remember } from '@longspan/core-tensor/memo';
import { add, concat, pad, type Tensor, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { attentionDropoutTerms } from '../../attention/dropout.ts';
import { sparseAttention } from '../../attention/sparse-attention.ts';
import type { Mask } from '../../mask/index.ts';
import { rowTexts, type TokenMarks } from '../token-marks.ts';
import { localAverage } from './average.ts';
import { cutKeys, cutQueries, rotated, type Segment, segments } from './positions.ts';
import { blindQueries, type LocalWindow, maskOfKeys } from './windows.ts';

export interface LocalAttentionConfig {
  /** Tokens in a bucket (local-attention's `window_size`). */
  readonly bucketSize: number;
  readonly causal?: boolean;
  /** Buckets before its own that a query looks at; 1 when absent. */
  readonly lookBackward?: number;
  /** Buckets after its own; 1 when absent, or 0 if causal. */
  readonly lookForward?: number;
  /** Look exactly bucketSize · lookBackward tokens back and bucketSize · lookForward ahead from each query, not to the ends of buckets. */
  readonly exactWindow?: boolean;
  /**
   * Do at the edges as local-attention does. It fills the last bucket with keys of score 0 and value 0, which queries see unless
   * causal or a keyMask hides them; and a query whose every key is hidden averages all of its look-around window evenly, with −1
   * for values outside the sequence. Without it no such key exists, and that query's row is 0. Any length works both ways.
   */
  readonly autopad?: boolean;
  /** Keys come to unit length, and a token attends to itself only if it sees nothing else. */
  readonly sharedQueryKey?: boolean;
  /** Rotary positions, features d / 2 apart in a pair. */
  readonly rotary?: boolean;
  /** Rotary positions whose scores fade with the distance. */
  readonly xpos?: boolean;
  /** Tokens over which xpos fades by its base; floor(bucketSize / 2) when absent. */
  readonly xposScaleBase?: number;
  /** What scores are multiplied by; 1 / sqrt(headDim) when absent. */
  readonly scale?: number;
  /** Share of the attention weights that is dropped while training; 0 when absent. */
  readonly dropout?: number;
  /** Tokens along each side of a block of the layout; 64 when absent. */
  readonly blockSize?: number;
}

export interface LocalAttentionInputs {
  /** [b, h, n, d] */
  readonly query: Tensor;
  /** [b, hkv, n, d] */
  readonly key: Tensor;
  /** [b, hkv, n, dv] */
  readonly value: Tensor;
  /** For each token 1, or 0 for a key that nobody may see, wherever it stands. */
  readonly keyMask?: TokenMarks;
}

const caller = 'localAttention';
/** As in local-attention: so low that a token's own key counts only where it is alone. */
const selfScore = -5e4;

/**
 * Attention within buckets: a query sees its own bucket and some before and after it. It has no parameters.
 * @shape inputs.query [b, h, n, d]; inputs.key [b, hkv, n, d]; inputs.value [b, hkv, n, dv]; returns [b, h, n, dv]
 * @throws ConfigError when the options contradict each other; apply: ShapeError, ConfigError when an input does not fit
 * @cost O(n · bucketSize · (lookBackward + 1 + lookForward)) pairs; masks and layouts are kept for the last 64 lengths and key masks
 * @source LocalAttention of lucidrains' local-attention 1.11.2, whose edges `autopad` reproduces
 * @example
 * const layer = localAttention({ bucketSize: 2, causal: true });
 * const same = zeros([1, 1, 5, 4]);
 * await layer.apply({}, { query: same, key: same, value: tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]) }).data(); // => [1, 1.5, 2, 2.5, 4]
 */
export function localAttention(config: LocalAttentionConfig): Layer<LocalAttentionInputs, Tensor> {
  const { bucketSize, causal = false, exactWindow = false, dropout = 0, scale, blockSize } = config;
  const window: LocalWindow = {
    bucketSize,
    causal,
    exactWindow,
    lookBackward: config.lookBackward ?? 1,
    lookForward: config.lookForward ?? (causal ? 0 : 1),
  };
  const xposScaleBase = config.xpos === true ? (config.xposScaleBase ?? Math.floor(bucketSize / 2)) : undefined;
  checkConfig(config, window, xposScaleBase);
  const masks = remember<Mask>('localAttention masks', 64);

  return {
    init: () => ({}),
    apply(_: Parameters, inputs: LocalAttentionInputs, context?: LayerContext): Tensor {
      const { query, key, value, keyMask } = inputs;
      const { b, h, hkv, n } = dims(caller, { query: [query, 'b h n d'], key: [key, 'b hkv n d'], value: [value, 'b hkv n dv'] });
      requireKeyHeads(caller, { h, hkv }, { q: 'query', k: 'key' });
      if (config.rotary === true) requirePairs(query);
      const texts = keyMask && rowTexts(caller, 'keyMask', keyMask, { batch: b, length: n, meanings: ['hidden', 'visible'] });
      dropoutKey(caller, dropout, context); // throws before the first tensor is made
      const zeroKeys = config.autopad === true && !causal && texts === undefined ? Math.ceil(n / bucketSize) * bucketSize - n : 0;
      const parts = segments({ ...window, queryLength: n, keyLength: n + zeroKeys, xposScaleBase });
      const maskOf = ({ keys }: Segment): Mask => {
        const part = texts?.map((text) => text.slice(keys.start, keys.end)) ?? [];
        return masks(part.join(), () => maskOfKeys(window, part));
      };

      return tidy(() => {
        const unit = config.sharedQueryKey === true ? unitVectors(key) : key;
        const keys = cutKeys(padTokens(unit, zeroKeys), parts);
        const values = cutKeys(padTokens(value, zeroKeys), parts);
        const outs = cutQueries(query, parts).map((q, at) => {
          const part = parts[at] as Segment;
          const k = keys[at] as Tensor;
          const [turnedQ, turnedK] =
            config.rotary === true ? rotated(q, k, part, { queryShift: window.lookForward * bucketSize, xposScaleBase }) : [q, k];
          const score = [
            ...(config.sharedQueryKey === true ? [ownPositions(part)] : []),
            ...attentionDropoutTerms(caller, dropout, context, `attention${at}`),
          ];
          const queryOffset = part.queries.start - part.keys.start;
          return sparseAttention(turnedQ, turnedK, values[at] as Tensor, {
            mask: maskOf(part),
            score,
            queryOffset,
            ...(scale === undefined ? {} : { scale }),
            ...(blockSize === undefined ? {} : { blockSize }),
          }).out;
        });
        const out = outs.length === 1 ? (outs[0] as Tensor) : concat(outs, 2);
        const wanted = config.autopad === true && texts !== undefined ? blindQueries(window, texts) : [];
        return wanted.some((row) => row.includes(1)) ? add(out, localAverage(value, { ...window, heads: h, wanted })) : out;
      });
    },
  };
}

function checkConfig(
  config: LocalAttentionConfig,
  { bucketSize, causal, lookBackward, lookForward }: LocalWindow,
  xposScaleBase: number | undefined,
): void {
  requireInteger(caller, { bucketSize }, 1);
  requireInteger(caller, { lookBackward, lookForward }, 0);
  requireInteger(caller, { blockSize: config.blockSize ?? 1 }, 1);
  requireRate(caller, 'dropout', config.dropout ?? 0);
  const bad = (problem: string, expected: string, got: string, remedy: string) =>
    new ConfigError({ caller, problem, expected, got, remedy });
  if (causal && lookForward > 0) {
    throw bad(
      'a causal query cannot look forward.',
      'lookForward 0, or causal false',
      `causal true, lookForward ${lookForward}`,
      'leave lookForward out.',
    );
  }
  if (config.xpos === true && config.rotary !== true) {
    throw bad(
      'xpos fades rotary positions, which are off.',
      'rotary true',
      `xpos true, rotary ${config.rotary}`,
      'pass rotary: true as well.',
    );
  }
  if (xposScaleBase !== undefined && !(xposScaleBase > 0)) {
    throw bad(
      'xposScaleBase is not a positive number of tokens.',
      'a number above 0',
      String(xposScaleBase),
      'give xposScaleBase, or buckets of 2 tokens or more.',
    );
  }
}

function requirePairs(query: Tensor): void {
  const headDim = query.shape[3] as number;
  if (headDim % 2 === 0) return;
  throw new ShapeError({
    caller,
    problem: 'rotary positions need an even headDim.',
    expected: '[b, h, n, d] with an even d',
    got: `[${query.shape.join(', ')}]`,
    remedy: 'give heads an even number of features, or leave out rotary.',
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

function ownPositions({ queries, keys }: Segment): OriginalPositionsTerm {
  const positions = ({ start, end }: Span): Tensor =>
    tensor3d(
      Int32Array.from({ length: end - start }, (_, at) => start + at),
      [1, 1, end - start],
      'int32',
    );
  return originalPositions({ query: positions(queries), key: positions(keys), selfScore });
}
