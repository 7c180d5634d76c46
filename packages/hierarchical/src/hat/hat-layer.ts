import type { TokenMarks } from '@longspan/attention-sparse';
import { gatherRows, type Layer, type Parameters, parameter, scoped } from '@longspan/core-tensor';
import { ConfigError, requireHeads, requireInteger, ShapeError } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { remember } from '@longspan/core-tensor/memo';
import { add, mul, type Tensor, tensor2d, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { checkParameters, initialParameters, type ParameterSpec, prefixedSpec } from '../layer/parameter-spec.ts';
import { type RecomputeConfig, recomputes } from '../layer/recomputed-part.ts';
import { checkedMarks, paddingMeanings, sameMarks } from '../layer/token-marks.ts';
import { tokensOf } from '../layer/tokens-of.ts';
import { type RobertaSizes, robertaLayer, robertaSpec } from './roberta-layer.ts';
import { SegmentVisibility } from './segment-padding.ts';

/** Which encoders a layer has: over the tokens of each segment, over the first tokens of all segments, or both in this order. */
export interface HatEncoders {
  readonly sentence: boolean;
  readonly document: boolean;
}

export interface HatSizes extends RecomputeConfig {
  /** Features of a token. */
  readonly width: number;
  readonly heads: number;
  /** Features between the dense layers behind the attention; 4 · width when absent. */
  readonly innerWidth?: number;
  /** Tokens of a segment. */
  readonly segmentLength: number;
  /** Segments of the longest text. */
  readonly maxSegments: number;
  /** Row of the segments' position table that gets no gradient (the reference's pad_token_id); 0, that of padding, when absent. */
  readonly paddingIndex?: number;
  /** Added to variances in the layer norms; 1e-12 when absent. */
  readonly epsilon?: number;
}

export interface HatInputs {
  /** [b, n, width], n a multiple of the segment length; token 0 of each segment stands for the segment. */
  readonly hidden: Tensor;
  /** 1 for a token, 0 for padding; all are tokens when absent. */
  readonly mask?: TokenMarks;
}

const caller = 'hatLayer';

/**
 * A layer of the hierarchical attention transformer: an encoder over the tokens of each segment, then one over the first token of
 * all segments, which stand for them and whose place among the segments is added; its output takes their place. Post-norm layers
 * of RoBERTa. Parameters as in the reference: `sentence_encoder.…`, `document_encoder.…`, `position_embeddings.weight`.
 * @shape inputs.hidden [b, n, width]; returns the same
 * @throws ConfigError when heads do not divide width, or there is no encoder; apply: ShapeError when n is no multiple of the segment
 *   length, ConfigError when there are more segments than places
 * @cost n · segmentLength pairs, and (n / segmentLength)² between segments; O(n · width · (width + innerWidth)) multiply-adds
 * @source Chalkidis et al. 2022 (arXiv 2210.05529) §3; coastalcph/hierarchical-transformers models/hat/modelling_hat.py
 * @example
 * const layer = hatLayer({ width: 4, heads: 2, segmentLength: 3, maxSegments: 5 }, { sentence: true, document: true });
 * layer.apply(layer.init(createKey(0)), { hidden: ones([1, 6, 4]) }).shape; // => [1, 6, 4]
 */
export function hatLayer(config: HatSizes, { sentence, document }: HatEncoders): Layer<HatInputs, Tensor> {
  const { width, segmentLength, maxSegments, paddingIndex = 0 } = config;
  const sizes = robertaSizes(config);
  requireHeads(caller, sizes);
  requireInteger(caller, { innerWidth: sizes.innerWidth, segmentLength, maxSegments }, 1);
  requireInteger(caller, { paddingIndex }, 0);
  if (!sentence && !document) {
    throw new ConfigError({
      caller,
      problem: 'the layer has no encoder.',
      expected: 'sentence true, document true, or both',
      got: 'neither',
      remedy: 'leave the layer out.',
    });
  }
  const spec = hatLayerSpec(config, { sentence, document });
  return {
    init: (key) => initialParameters(spec, key),
    apply(parameters, { hidden, mask }) {
      const { batch, length } = tokensOf(caller, 'hidden', hidden, width);
      requireSegments(hidden, length, { segmentLength, maxSegments });
      const marks = checkedMarks(caller, 'mask', mask ?? sameMarks(1, { batch, length }), { batch, length, meanings: paddingMeanings });
      const texts = marks.map((row) => Array.from(row).join(''));
      checkParameters(caller, spec, parameters);
      const within = visibilityOf(texts, segmentLength);
      const recompute = recomputes(config.recompute, hidden);
      return tidy(() => {
        const encoder = scoped(parameters, 'sentence_encoder');
        const tokens = sentence ? robertaLayer(encoder, hidden, sizes, within.visibility(), recompute) : hidden;
        return document ? acrossSegments(parameters, tokens, texts, { ...sizes, segmentLength, paddingIndex, recompute }) : tokens;
      });
    },
  };
}

const robertaSizes = ({ width, heads, innerWidth = 4 * width, epsilon = 1e-12 }: HatSizes): RobertaSizes => ({
  width,
  heads,
  innerWidth,
  epsilon,
});

/** The parameters of a layer. */
export function hatLayerSpec(config: HatSizes, { sentence, document }: HatEncoders): ParameterSpec {
  const encoder = robertaSpec(robertaSizes(config));
  const places = { shape: [config.maxSegments + 1, config.width], start: 'table' } as const;
  return {
    ...(sentence ? prefixedSpec('sentence_encoder', encoder) : {}),
    ...(document ? { ...prefixedSpec('document_encoder', encoder), 'position_embeddings.weight': places } : {}),
  };
}

/** The encoder over the first tokens of the segments: its output overwrites them. */
function acrossSegments(
  parameters: Parameters,
  tokens: Tensor,
  texts: readonly string[],
  {
    segmentLength,
    paddingIndex,
    recompute,
    ...sizes
  }: RobertaSizes & Required<Pick<HatSizes, 'segmentLength' | 'paddingIndex' | 'recompute'>>,
): Tensor {
  const length = tokens.shape[1] as number;
  const segments = length / segmentLength;
  const firsts = Int32Array.from({ length: segments }, (_, at) => at * segmentLength);
  const heads = texts.map((text) => Array.from(firsts, (at) => text[at]).join(''));
  // Places count from 1; a segment whose first token is padding stands at 0.
  const places = heads.flatMap((row) => Array.from(row, (mark, at) => (mark === '1' ? at + 1 : 0)));
  const table = parameter(parameters, 'position_embeddings.weight', caller);
  const placed = add(reorderRows(tokens, firsts), gatherRows(table, tensor2d(places, [texts.length, segments], 'int32'), { paddingIndex }));
  const encoder = scoped(parameters, 'document_encoder');
  const encoded = robertaLayer(encoder, placed, sizes, visibilityOf(heads, segments).visibility(), recompute);
  const isFirst = (at: number): boolean => at % segmentLength === 0;
  const others = tensor3d(
    Float32Array.from({ length }, (_, at) => (isFirst(at) ? 0 : 1)),
    [1, length, 1],
  );
  const order = Int32Array.from({ length }, (_, at) => (isFirst(at) ? at / segmentLength : -1));
  return add(mul(tokens, others), reorderRows(encoded, order));
}

function requireSegments(
  hidden: Tensor,
  length: number,
  { segmentLength, maxSegments }: { readonly segmentLength: number; readonly maxSegments: number },
): void {
  if (length % segmentLength !== 0) {
    const whole = Math.ceil(length / segmentLength) * segmentLength;
    throw new ShapeError({
      caller,
      problem: 'the tokens are not an integer of segments.',
      expected: `[b, n, c] with n a multiple of ${segmentLength} (segmentLength)`,
      got: `[${hidden.shape.join(', ')}]`,
      remedy: `pad to ${whole} tokens, and mark the padding with 0 in mask.`,
    });
  }
  if (length / segmentLength <= maxSegments) return;
  throw new ConfigError({
    caller,
    problem: 'there are more segments than places for them.',
    expected: `at most ${maxSegments} (maxSegments)`,
    got: `${length / segmentLength}`,
    remedy: 'cut the text, or make the layer with more.',
  });
}

/** Masks are kept for the last kinds of padding, as their layouts are cached by them. */
const visibilities = remember<SegmentVisibility>('hatLayer masks');

const visibilityOf = (texts: readonly string[], segment: number): SegmentVisibility =>
  visibilities(`${segment}:${texts.join()}`, () => new SegmentVisibility(texts, segment));
