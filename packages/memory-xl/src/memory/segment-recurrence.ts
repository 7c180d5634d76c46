import {
  applyDropout,
  defineLayer,
  dims,
  type Layer,
  type LayerContext,
  type LayerWrapper,
  type Lens,
  type StatefulResult,
} from '@longspan/core-tensor';
import { inNameOf, type OptionKind, requireInteger, requireKind, requireKnown, ShapeError } from '@longspan/core-tensor/error';
import { biasSpec, dropoutKey, stateTensor, transformerDraw } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import { distanceEncodings } from '../attention/distance-encodings.ts';
import { type PositionwiseFeedForwardConfig, positionwiseFeedForward } from '../attention/positionwise-feed-forward.ts';
import { leftOf } from '../attention/relative-attention.ts';
import { layerOf, type MemoryAttentionConfig, memoryAttentionNames } from './memory-attention.ts';

export interface SegmentRecurrenceConfig extends MemoryAttentionConfig {
  /** How many layers stand one after the other. */
  readonly layers: number;
  /** Features between the two linear maps of each feed-forward layer. */
  readonly innerWidth: number;
  /** What is done with each layer, such as `recomputedLayer` of @longspan/reversible; nothing by default. */
  readonly wrapLayer?: LayerWrapper | undefined;
  /** Makes the features of x, token ids then: an `adaptiveEmbedding`, say. Its parameters stand under `word_emb`. None by default. */
  readonly embedding?: Layer | undefined;
}

export interface SegmentRecurrenceContext extends LayerContext {
  /** [distances, width]: encodings of the distances, that of 0 last; sinusoids by default. */
  readonly r?: Tensor | undefined;
  /** Whether the output holds what went into the first layer and what each layer gave; false by default. */
  readonly hiddenStates?: boolean | undefined;
}

export interface SegmentRecurrenceResult extends StatefulResult {
  /** [b, n, width] each: what went into the first layer and what each layer gave, where the context asks for them. */
  readonly hiddenStates?: readonly Tensor[];
}

const caller = 'segmentRecurrence';

/**
 * Transformer-XL's layers with their recurrence over segments: each layer attends to what it was given for the segments before, its
 * state. A text of any length is read in bounded memory, and a layer's reach adds to that of the layers below it.
 * Parameters as in Hugging Face: `layers.i.dec_attn.*` (memoryAttention), `layers.i.pos_ff.*` (positionwiseFeedForward), and with
 * sharedBiases `r_w_bias` and `r_r_bias` once.
 * @shape x [b, n, width], with an embedding int32 [b, n] -> hidden [b, n, width]; state `layers.i.dec_attn.memory` [b, m, width] and `layers.i.dec_attn.lengths.row`
 * @throws ConfigError when a size is not possible; apply: ShapeError, ConfigError when x, the context or the state does not fit
 * @cost that of its layers; 4 · layers · b · memoryLength · width bytes from one segment to the next
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.2; TransfoXLModel of Hugging Face transformers 4.57, whose memory starts as zeros:
 *   memoryStart
 * @example
 * const stack = segmentRecurrence({ layers: 2, width: 4, heads: 2, headDim: 2, innerWidth: 8, memoryLength: 3 });
 * const parameters = stack.init(createKey(0));
 * const first = stack.apply(parameters, ones([1, 5, 4]));
 * const second = stack.apply(parameters, ones([1, 5, 4]), { state: first.state });
 * [second.hidden.shape, second.state['layers.1.dec_attn.memory'].shape]; // => [[1, 5, 4], [1, 3, 4]]
 */
export const segmentRecurrence = (config: SegmentRecurrenceConfig): Layer<SegmentRecurrenceContext, SegmentRecurrenceResult> =>
  inNameOf(caller, () => {
    requireKnown(caller, config, segmentRecurrenceNames);
    return stackOf(config);
  });

/** The names of its config. */
const segmentRecurrenceNames: Readonly<Record<keyof SegmentRecurrenceConfig, true | OptionKind>> = {
  ...memoryAttentionNames,
  layers: true,
  innerWidth: true,
  wrapLayer: 'function',
  embedding: 'layer',
};

function stackOf(config: SegmentRecurrenceConfig): Layer<SegmentRecurrenceContext, SegmentRecurrenceResult> {
  const { layers: count, width, heads, headDim, memoryLength, hiddenDropout = 0, sharedBiases = false, embedding } = config;
  const { wrapLayer = (layer) => layer, memoryStart = 'empty' } = config;
  requireInteger(caller, { layers: count }, 1, { atMost: 10_000 });
  requireInteger(caller, { width }, 1);
  const left = leftOf(caller, config);
  const names = Array.from({ length: count }, (_, at) => `layers.${at}`);
  const parts = Object.fromEntries([
    ...(embedding === undefined ? [] : [['word_emb', embedding] as const]),
    ...names.flatMap((name) => [
      [`${name}.dec_attn`, wrapLayer(layerOf(config))] as const,
      [`${name}.pos_ff`, wrapLayer(positionwiseFeedForward(feedForwardOf(config)))] as const,
    ]),
  ]) as object as Readonly<Record<string, Layer<SegmentRecurrenceContext, StatefulResult>>>;
  const bias = biasSpec([heads, headDim], transformerDraw);

  return defineLayer({
    name: caller,
    spec: sharedBiases ? { r_w_bias: bias, r_r_bias: bias } : {},
    parts,
    reads: ['r', 'hiddenStates'],
    provides: ['biases'],
    checkContext(name, context) {
      dims(name, { r: [context.r, `?distances ${width}:float32`] });
      if (context.hiddenStates !== undefined) requireKind(name, 'context.hiddenStates', context.hiddenStates, 'flag');
      dropoutKey(name, Math.max(hiddenDropout, config.attentionDropout ?? 0), context);
    },
    check: (name, x) => void dims(name, { x: [x, embedding === undefined ? `b n ${width}:float32` : 'b n:int32'] }),
    run({ caller, parameters, state, parts: bound }, x: Tensor, context: SegmentRecurrenceContext) {
      const [batch, length] = x.shape as [number, number];
      // Before the first operation: what a throw leaves behind under a tape is lost.
      const memories = checkedMemories(caller, state, { layers: count, batch, width });
      const key = dropoutKey(caller, hiddenDropout, context);
      const drop = (each: Tensor, name: string): Tensor => (key === undefined ? each : applyDropout(each, hiddenDropout, key.fold(name)));
      const remembered = memories[0]?.shape[1] ?? (memoryStart === 'zeros' ? memoryLength : 0);
      const distances = Math.min(remembered + length, left + 1);
      const r = drop(context.r ?? distanceEncodings({ width, distances, maxDistance: config.maxDistance }), 'r');
      const shared = sharedBiases ? { biases: { u: parameters.get('r_w_bias'), v: parameters.get('r_r_bias') } } : {};
      const embedded = embedding === undefined ? x : (bound['word_emb'] as Bound)(x);
      const states = [drop(embedded, 'hidden')];
      for (const name of names) {
        const attended = (bound[`${name}.dec_attn`] as Bound)(states.at(-1) as Tensor, { r, ...shared });
        states.push((bound[`${name}.pos_ff`] as Bound)(attended));
      }
      const hidden = drop(states.at(-1) as Tensor, 'output');
      return {
        hidden,
        state: {},
        ...(context.hiddenStates === true ? { hiddenStates: [...states.slice(0, -1), hidden].map((each) => each.clone()) } : {}),
      };
    },
  });
}

type Bound = (x: Tensor, context?: SegmentRecurrenceContext) => Tensor;

/** The memory of each layer, none before the first segment; throws unless they are of these layers and batch rows. */
function checkedMemories(
  caller: string,
  state: Lens<Tensor | number>,
  { layers, batch, width }: { readonly layers: number; readonly batch: number; readonly width: number },
): readonly Tensor[] {
  const memories = Array.from({ length: layers }, (_, at) => stateTensor(state, `layers.${at}.dec_attn.memory`));
  const known = memories.filter((memory) => memory !== undefined);
  const length = known[0]?.shape[1];
  const fits = ({ shape }: Tensor): boolean => shape.join() === [batch, length, width].join();
  if (known.length === 0 || (known.length === layers && known.every(fits))) return known;
  throw new ShapeError({
    caller,
    problem: 'the state must hold a memory of each layer, of these batch rows and of one length.',
    expected: `${layers} memories [${batch}, m, ${width}]`,
    got: known.map(({ shape }) => `[${shape.join(', ')}]`).join(' '),
    remedy: 'pass the state that the same layers gave for the segment before, zeroMemory(layers, …), or none.',
  });
}

const feedForwardOf = ({
  width,
  innerWidth,
  normalization,
  epsilon,
  hiddenDropout,
}: SegmentRecurrenceConfig): PositionwiseFeedForwardConfig => ({
  width,
  innerWidth,
  normalization,
  epsilon,
  hiddenDropout,
});
