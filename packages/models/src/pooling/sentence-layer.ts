import { defineLayer, dims, gelu, type Layer, type LayerContext, linear, type Padding } from '@longspan/core-tensor';
import { ConfigError, owned, requireInteger, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { checkPadding } from '@longspan/core-tensor/layer';
import { relu, sigmoid, type Tensor, tanh } from '@tensorflow/tfjs-core';
import { poolTokens, requireModes, unitLength } from './pool-tokens.ts';
import type { PoolingMode } from './token-weights.ts';

/** What may follow the linear map of a dense layer. */
export type DenseActivation = 'identity' | 'tanh' | 'relu' | 'gelu' | 'sigmoid';

const activations: Readonly<Record<DenseActivation, (x: Tensor) => Tensor>> = { identity: (x) => x, tanh, relu, gelu, sigmoid };

/** A linear map of the pooled vector, with an activation. */
export interface DenseConfig {
  readonly outFeatures: number;
  /** True by default. */
  readonly bias?: boolean | undefined;
  /** 'tanh' by default, as in sentence-transformers. */
  readonly activation?: DenseActivation | undefined;
}

export interface SentenceLayerConfig {
  /** Features of a token. */
  readonly width: number;
  readonly modes: readonly PoolingMode[];
  /** Whether the tokens of a prompt count; true by default. */
  readonly includePrompt?: boolean | undefined;
  /** Linear maps of the pooled vector, one after the other; none by default. */
  readonly dense?: readonly DenseConfig[] | undefined;
  /** Whether vectors are brought to length 1 in the end; false by default. */
  readonly normalize?: boolean | undefined;
}

export interface SentenceContext extends LayerContext {
  /** Which tokens are padding. */
  readonly padding?: Padding | undefined;
  /** Tokens of a prompt that each row begins with; they count unless `includePrompt` is false. 0 by default. */
  readonly promptLength?: number | undefined;
}

/**
 * Makes the vectors of texts of their tokens, as the modules of sentence-transformers do after the encoder: pooling, linear maps, unit
 * length. Parameters `dense.0.weight`, `dense.0.bias`, … Context: `padding`, `promptLength`.
 * @shape tokens [b, n, width] -> [b, features]: those of the last linear map, or modes · width
 * @throws ConfigError for sizes and modes that are not possible
 * @cost that of poolTokens, and the products of the linear maps
 * @source Pooling, Dense and Normalize of sentence-transformers 6
 * @example
 * const layer = sentenceLayer({ width: 2, modes: ['mean'], normalize: true });
 * const tokens = tensor3d([[[2, 4], [4, 4], [9, 9]]]);
 * await layer.apply({}, tokens, { padding: padding([[1, 1, 0]]) }).data(); // => [0.6, 0.8]
 */
export function sentenceLayer(config: SentenceLayerConfig): Layer<SentenceContext> {
  const caller = 'sentenceLayer';
  requireKnown(caller, config, { width: true, modes: 'list', includePrompt: 'flag', dense: 'list', normalize: 'flag' });
  const { width, modes, includePrompt = true, dense = [], normalize = false } = owned(config);
  requireInteger(caller, { width }, 1);
  requireModes(caller, modes);
  const parts: Record<string, Layer> = {};
  const applied: ((x: Tensor) => Tensor)[] = [];
  let inFeatures = modes.length * width;
  for (const [at, each] of dense.entries()) {
    requireKnown(`${caller} dense`, each, { outFeatures: true, bias: 'flag', activation: 'text' });
    const { outFeatures, bias = true, activation = 'tanh' } = each;
    requireInteger(caller, { [`dense[${at}].outFeatures`]: outFeatures }, 1);
    parts[`dense.${at}`] = linear({ inFeatures, outFeatures, bias });
    applied.push(activationOf(caller, activation));
    inFeatures = outFeatures;
  }
  return defineLayer<SentenceContext, Tensor, typeof parts>({
    name: caller,
    parts,
    reads: ['padding', 'promptLength'],
    checkContext(where, { promptLength }) {
      if (promptLength !== undefined) requireInteger(where, { 'context.promptLength': promptLength }, 0);
    },
    check(where, tokens, { padding }) {
      const { b, n } = dims(where, { tokens: [tokens, `b n ${width}:float32`] });
      checkPadding(where, padding, { batch: b, length: n });
    },
    run({ parts: bound }, tokens, { padding, promptLength = 0 }) {
      const pooled = poolTokens(tokens, { modes, padding, promptLength: includePrompt ? 0 : promptLength });
      const mapped = applied.reduce((x, activate, at) => activate((bound[`dense.${at}`] as (y: Tensor) => Tensor)(x)), pooled);
      return normalize ? unitLength(mapped) : mapped;
    },
  });
}

function activationOf(caller: string, activation: string): (x: Tensor) => Tensor {
  requireKind(caller, 'activation', activation, 'text');
  if (Object.hasOwn(activations, activation)) return activations[activation as DenseActivation];
  throw new ConfigError({
    caller,
    problem: 'activation must be one that is known.',
    expected: Object.keys(activations).join(', '),
    got: show(activation),
    remedy: "write activation: 'tanh', or leave it out.",
  });
}
