import {
  type Activation,
  type Draw,
  defineLayer,
  dims,
  gatherRows,
  type Layer,
  type LayerContext,
  type LayerWrapper,
  type Padding,
} from '@longspan/core-tensor';
import { ConfigError, inNameOf, type OptionKind, requireHeads, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { checkPadding, fanInDraw, requireDraw, requireRate, transformerDraw, weightSpec } from '@longspan/core-tensor/layer';
import { add, mul, pad, slice, type Tensor, tensor2d, tensor3d } from '@tensorflow/tfjs-core';
import { mostMembers } from '../groups/groups.ts';
import { type RobertaContext, robertaLayer } from './roberta-layer.ts';
import { segmentVisibility } from './segment-visibility.ts';
import { paddedTo, paddingOfFirsts } from './segments.ts';

/** Which encoders a layer has: over the tokens of each segment, over the first tokens of all segments, or both in this order. */
export interface HatEncoders {
  readonly sentence: boolean;
  readonly document: boolean;
}

export interface HatSizes {
  /** Features of a token. */
  readonly width: number;
  readonly heads: number;
  /** Features inside the feed-forward layers; 4 · width by default. */
  readonly innerWidth?: number | undefined;
  /** Tokens of a segment. */
  readonly segmentLength: number;
  /** Segments of the longest text. */
  readonly maxSegments: number;
  /** Row of the segments' position table that gets no gradient (the reference's pad_token_id); 0, that of padding, by default. */
  readonly paddingIndex?: number | undefined;
  /** Added to variances in the layer norms; 1e-12 by default. */
  readonly epsilon?: number | undefined;
  /** Tokens, of all batch rows together, whose inner features of a feed-forward layer are there at one time; all by default. */
  readonly chunkLength?: number | undefined;
  /** 'gelu' by default. */
  readonly activation?: Activation | undefined;
  /** Share of the features that is dropped before each residual sum while training; 0 by default. */
  readonly hiddenDropout?: number | undefined;
  /** Share of the attention weights that is dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
  /** How weights are drawn; as `linear` draws them by default. */
  readonly draw?: Draw | undefined;
  /** Tokens along each side of a block of the attention's layout; 64 by default, or the length of shorter sequences. */
  readonly blockSize?: number | undefined;
  /** Put around each encoder: `recomputedLayer` of @longspan/reversible keeps only its inputs. */
  readonly wrapLayer?: LayerWrapper | undefined;
}

export interface HatLayerConfig extends HatSizes, HatEncoders {}

/** The names of which encoders a layer has. */
export const hatEncoderNames: Readonly<Record<keyof HatEncoders, true | OptionKind>> = { sentence: 'flag', document: 'flag' };

/** The names of what the layers have in common. */
export const hatSizeNames: Readonly<Record<keyof HatSizes, true | OptionKind>> = {
  width: true,
  heads: true,
  innerWidth: true,
  segmentLength: true,
  maxSegments: true,
  paddingIndex: true,
  epsilon: 'amount',
  chunkLength: true,
  activation: true,
  hiddenDropout: true,
  attentionDropout: true,
  draw: 'record',
  blockSize: true,
  wrapLayer: 'function',
};

/** Throws unless layers of these sizes can be made. */
export function requireHatSizes(caller: string, config: HatSizes): void {
  const { width, heads, segmentLength, maxSegments, paddingIndex = 0, chunkLength = 1 } = config;
  requireHeads(caller, { width, heads });
  requireInteger(caller, { innerWidth: config.innerWidth ?? 4 * width, chunkLength, blockSize: config.blockSize ?? 1 }, 1);
  requireRate(caller, 'hiddenDropout', config.hiddenDropout ?? 0);
  requireRate(caller, 'attentionDropout', config.attentionDropout ?? 0);
  requireDraw(caller, config.draw);
  requireInteger(caller, { segmentLength, maxSegments }, 1, { atMost: mostMembers });
  const remedy = 'give a row of the position table, which has one for each segment after row 0.';
  requireInteger(caller, { paddingIndex }, 0, { atMost: maxSegments, remedy });
}

export interface HatContext extends LayerContext {
  /** Which tokens are padding; none by default. */
  readonly padding?: Padding | undefined;
}

const name = 'hatLayer';

/**
 * A layer of the hierarchical attention transformer: an encoder over the tokens of each segment, then one over the first token of
 * all segments, which stand for them and whose place among the segments is added; its output takes their place. Post-norm layers
 * of RoBERTa. Token 0 of each segment stands for the segment; a last segment that is not full is filled up with padding within the
 * layer. Parameters as in the reference: `sentence_encoder.…`, `document_encoder.…`, `position_embeddings.weight`.
 * @shape x [b, n, width], any n -> the same
 * @throws ConfigError when heads do not divide width, or there is no encoder; apply: ConfigError when there are more segments than
 *   places, ShapeError when context.padding does not fit
 * @cost n · segmentLength pairs, and (n / segmentLength)² between segments; O(n · width · (width + innerWidth)) multiply-adds
 * @source Chalkidis et al. 2022 (arXiv 2210.05529) §3; coastalcph/hierarchical-transformers models/hat/modelling_hat.py
 * @example
 * const layer = hatLayer({ width: 4, heads: 2, segmentLength: 3, maxSegments: 5, sentence: true, document: true });
 * layer.apply(layer.init(createKey(0)), ones([1, 7, 4])).shape; // => [1, 7, 4]
 */
export function hatLayer(config: HatLayerConfig): Layer<HatContext> {
  requireKnown(name, config, { ...hatSizeNames, ...hatEncoderNames });
  requireHatSizes(name, config);
  const { width, heads, segmentLength, maxSegments, paddingIndex = 0, sentence, document } = config;
  const { innerWidth = 4 * width, epsilon = 1e-12, chunkLength, activation, wrapLayer = (layer) => layer } = config;
  const { hiddenDropout = 0, attentionDropout = 0, draw = fanInDraw, blockSize } = config;
  if (!sentence && !document) {
    throw new ConfigError({
      caller: name,
      problem: 'the layer must have an encoder.',
      expected: 'sentence true, document true, or both',
      got: 'neither',
      remedy: 'leave the layer out.',
    });
  }
  const encoder = () =>
    wrapLayer(
      robertaLayer({ width, heads, innerWidth, epsilon, chunkLength, activation, hiddenDropout, attentionDropout, draw, blockSize }),
    );
  const encoders: Readonly<Record<string, Layer<RobertaContext>>> = inNameOf(name, () => ({
    ...(sentence ? { sentence_encoder: encoder() } : {}),
    ...(document ? { document_encoder: encoder() } : {}),
  }));
  return defineLayer({
    name,
    spec: document ? { 'position_embeddings.weight': weightSpec([maxSegments + 1, width], config.draw ?? transformerDraw) } : {},
    parts: encoders,
    reads: ['padding'],
    provides: ['mask', 'attentive'],
    check(caller, x, { padding }) {
      dims(caller, { x: [x, `b n ${width}:float32`] });
      const [batch, length] = x.shape as [number, number, number];
      checkPadding(caller, padding, { batch, length });
      requirePlaces(caller, Math.ceil(length / segmentLength), maxSegments);
    },
    run({ parts: { sentence_encoder: within, document_encoder: across }, parameters }, x, { padding }: HatContext) {
      const [batch, given] = x.shape as [number, number, number];
      const length = Math.ceil(given / segmentLength) * segmentLength;
      const filled = paddedTo(length, padding, { batch, length: given });
      const tokens =
        length === given
          ? x
          : pad(x, [
              [0, 0],
              [0, length - given],
              [0, 0],
            ]); // prettier-ignore
      const attended = within === undefined ? tokens : within(tokens, segmentVisibility(filled, { segmentLength, length }));
      if (across === undefined) return upTo(given, attended);
      const segments = length / segmentLength;
      const firsts = Int32Array.from({ length: segments }, (_, at) => at * segmentLength);
      const ofFirsts = paddingOfFirsts(filled, segmentLength);
      const table = parameters.get('position_embeddings.weight');
      const placed = add(reorderRows(attended, firsts), gatherRows(table, placesOf(ofFirsts, batch, segments), { paddingIndex }));
      const encoded = across(placed, segmentVisibility(ofFirsts, { segmentLength: segments, length: segments }));
      return upTo(given, withFirsts(attended, encoded));
    },
  });
}

/** Places count from 1; a segment whose first token is padding stands at 0. */
function placesOf(firsts: Padding | undefined, batch: number, segments: number): Tensor {
  const places = Int32Array.from({ length: batch * segments }, (_, at) => {
    const [row, segment] = [Math.floor(at / segments), at % segments];
    return firsts === undefined || firsts.isToken(row, segment) ? segment + 1 : 0;
  });
  return tensor2d(places, [batch, segments], 'int32');
}

/** The tokens with the first of each segment overwritten. */
function withFirsts(tokens: Tensor, firsts: Tensor): Tensor {
  const [length, segments] = [tokens.shape[1] as number, firsts.shape[1] as number];
  const isFirst = (at: number): boolean => at % (length / segments) === 0;
  const others = Float32Array.from({ length }, (_, at) => (isFirst(at) ? 0 : 1));
  const order = Int32Array.from({ length }, (_, at) => (isFirst(at) ? at / (length / segments) : -1));
  return add(mul(tokens, tensor3d(others, [1, length, 1])), reorderRows(firsts, order));
}

function upTo(length: number, x: Tensor): Tensor {
  const [batch, whole, width] = x.shape as [number, number, number];
  return whole === length ? x : slice(x, [0, 0, 0], [batch, length, width]);
}

function requirePlaces(caller: string, segments: number, maxSegments: number): void {
  if (segments <= maxSegments) return;
  throw new ConfigError({
    caller,
    problem: 'every segment must have a place.',
    expected: `at most ${maxSegments} segments  (maxSegments)`,
    got: `${segments}`,
    remedy: 'cut the text, or make the layer with more.',
  });
}
