import { dims, type Padding } from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { checkPadding } from '@longspan/core-tensor/layer';
import {
  add,
  concat,
  div,
  matMul,
  max,
  maximum,
  mul,
  reshape,
  slice,
  sqrt,
  square,
  sum,
  type Tensor,
  tensor3d,
  tidy,
} from '@tensorflow/tfjs-core';
import { isPoolingMode, type LinearMode, type PoolingMode, poolingModes, tokenWeights } from './token-weights.ts';

export interface PoolTokensOptions {
  /** What is made of the tokens; several stand one after the other. */
  readonly modes: readonly PoolingMode[];
  /** Which tokens are padding, on either side; none by default. */
  readonly padding?: Padding | undefined;
  /** Tokens of a prompt, that each row begins with, which count no more than padding; 0 by default. */
  readonly promptLength?: number | undefined;
}

// Below every feature; far above what a maximum may hold on webgl.
const lowest = -1e9;

/**
 * Makes one vector of the tokens of each text, as sentence-transformers does. `cls` is the first token and `lasttoken` the last one that is
 * not padding, `weightedmean` weighs tokens by 1, 2, 3, … from the first one. A row without tokens gives zeros.
 * @shape tokens [b, n, width] -> [b, modes · width]
 * @throws ConfigError for no mode or an unknown one; ShapeError when padding does not fit
 * @cost O(b · n · width · modes) time; [b, modes, n] weights made on the host
 * @source Pooling of sentence-transformers 6 (the same numbers as 5 where padding is on the right)
 * @example
 * const tokens = tensor3d([[[1, 2], [3, 4], [9, 9]]]);
 * await poolTokens(tokens, { modes: ['mean', 'max'], padding: padding([[1, 1, 0]]) }).data(); // => [2, 3, 3, 4]
 */
export function poolTokens(tokens: Tensor, options: PoolTokensOptions): Tensor {
  const caller = 'poolTokens';
  const { b, n, width } = dims(caller, { tokens: [tokens, 'b n width:float32'] });
  requireKnown(caller, options, { modes: 'list', padding: 'padding', promptLength: true });
  const { modes, padding, promptLength = 0 } = options;
  requireModes(caller, modes);
  requireInteger(caller, { promptLength }, 0);
  checkPadding(caller, padding, { batch: b, length: n });
  const weights = tokenWeights({ batch: b, length: n, padding, promptLength });
  const linear = modes.filter((mode): mode is LinearMode => mode !== 'max');
  return tidy(() => {
    const maxima = modes.includes('max') ? maximumOf(tokens, weights.counts, [b, n]) : undefined;
    const sums = linear.length === 0 ? undefined : matMul(tensor3d(weights.of(linear), [b, linear.length, n]), tokens);
    const parts = modes.map((mode) =>
      mode === 'max' ? (maxima as Tensor) : reshape(slice(sums as Tensor, [0, linear.indexOf(mode), 0], [b, 1, width]), [b, width]),
    );
    return parts.length === 1 ? (parts[0] as Tensor) : concat(parts, 1);
  });
}

/** @param counts 1 for each token that counts, else 0 */
function maximumOf(tokens: Tensor, counts: Float32Array, [batch, length]: readonly [number, number]): Tensor {
  const isToken = tensor3d(counts, [batch, length, 1]);
  const filled = add(mul(tokens, isToken), mul(add(isToken, -1), -lowest));
  return mul(max(filled, 1), max(isToken, 1)); // 0 for a row without tokens
}

/**
 * Brings each row to length 1; a row of length 0 stays, and has a finite gradient.
 * @shape x [b, width] -> the same
 * @cost O(elements) time
 * @source torch.nn.functional.normalize
 * @example
 * await unitLength(tensor2d([[3, 4], [0, 0]])).data(); // => [0.6, 0.8, 0, 0]
 */
export function unitLength(x: Tensor): Tensor {
  dims('unitLength', { x: [x, 'b width:float32'] });
  // No length below 1e-12, whose square is the least here.
  return tidy(() => div(x, sqrt(maximum(sum(square(x), -1, true), 1e-24))));
}

export function requireModes(caller: string, modes: readonly PoolingMode[]): void {
  requireKind(caller, 'modes', modes, 'list');
  const wrong = modes.find((mode) => !isPoolingMode(mode));
  if (modes.length > 0 && wrong === undefined && new Set(modes).size === modes.length) return;
  throw new ConfigError({
    caller,
    problem: 'modes must be a list of modes, each once.',
    expected: `one or more of ${poolingModes.join(', ')}`,
    got: show(modes),
    remedy: "write modes: ['mean'], or what poolingConfig reads of 1_Pooling/config.json.",
  });
}
