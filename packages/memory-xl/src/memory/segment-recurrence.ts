import {
  applyDropout,
  contextOf,
  dims,
  dropoutKey,
  type Key,
  type Layer,
  type LayerContext,
  normal,
  type Parameters,
  prefixed,
  scoped,
} from '@longspan/core-tensor';
import { requireInteger, ShapeError } from '@longspan/core-tensor/error';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { distanceEncodings } from '../attention/distance-encodings.ts';
import { feedForwardShapes, positionwiseFeedForward } from '../attention/positionwise-feed-forward.ts';
import { attentionShapes, type RelativeAttentionConfig, relativeAttention } from '../attention/relative-attention.ts';
import { requireShapes } from '../attention/requirements.ts';
import { emptyMemory, extendMemory, type SegmentMemory } from './segment-memory.ts';

export interface SegmentRecurrenceConfig extends RelativeAttentionConfig {
  /** How many layers stand one behind the other. */
  readonly layers: number;
  /** Features between the two linear maps of each feed-forward layer. */
  readonly innerWidth: number;
  /** Tokens that each layer remembers; 0 for no memory. May differ from one call's layer to the next: parameters do not depend on it. */
  readonly memoryLength: number;
  /** Distances above this one look the same as it; all differ when absent. */
  readonly clampLength?: number | undefined;
  /** Whether all layers share the biases u and v (Hugging Face's `untie_r: false`); false when absent. */
  readonly sharedBiases?: boolean;
}

export interface SegmentInputs {
  /** [b, n, width] */
  readonly hidden: Tensor;
  /** What the same layers returned for the segment before; the empty memory when absent. */
  readonly memory?: SegmentMemory | undefined;
  /** [distances, width]: encodings of the distances, that of 0 last; sinusoids when absent. */
  readonly r?: Tensor | undefined;
}

/** The layers, which can also refuse what a model in front of them should not even start with. */
export interface SegmentRecurrence extends Layer<SegmentInputs, SegmentOutputs> {
  /**
   * Throws what apply would throw for that many batch rows: what a model refuses before its first operation leaves nothing behind
   * under a gradient tape.
   */
  check(parameters: Parameters, batch: number, memory?: SegmentMemory, context?: LayerContext): void;
}

export interface SegmentOutputs {
  /** [b, n, width] */
  readonly hidden: Tensor;
  /** For the next segment; stopGradient. Belongs to the caller. */
  readonly memory: SegmentMemory;
}

const caller = 'segmentRecurrence';
const biasNames = ['r_w_bias', 'r_r_bias'] as const;

/**
 * Transformer-XL's layers with their recurrence over segments: each layer attends to what it was given for the segments before.
 * A text of any length is read in bounded memory, and a layer's reach adds to that of the layers below it.
 * Parameters as in Hugging Face: `layers.i.dec_attn.*` (relativeAttention), `layers.i.pos_ff.*` (positionwiseFeedForward), and with
 * sharedBiases `r_w_bias` and `r_r_bias` once.
 * @shape inputs.hidden [b, n, width]; inputs.memory.layers [b, m, width]; returns hidden [b, n, width] and the next memory
 * @throws ConfigError when a size is not possible; apply: ShapeError, ConfigError when an input does not fit
 * @cost that of its layers; 4 · layers · b · memoryLength · width bytes from one segment to the next
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.2; TransfoXLModel of Hugging Face transformers 4.57, whose memory starts as zeros:
 *   zeroMemory
 * @example
 * const stack = segmentRecurrence({ layers: 2, width: 4, heads: 2, headDim: 2, innerWidth: 8, memoryLength: 3 });
 * const parameters = stack.init(createKey(0));
 * const first = stack.apply(parameters, { hidden: ones([1, 5, 4]) });
 * const second = stack.apply(parameters, { hidden: ones([1, 5, 4]), memory: first.memory });
 * [second.hidden.shape, second.memory.layers.length, second.memory.layers[0].shape]; // => [[1, 5, 4], 2, [1, 3, 4]]
 */
export function segmentRecurrence(config: SegmentRecurrenceConfig): SegmentRecurrence {
  const { layers: count, width, memoryLength, clampLength, reach, dropout = 0, sharedBiases = false } = config;
  requireInteger(caller, { layers: count, width }, 1);
  requireInteger(caller, { memoryLength }, 0);
  if (clampLength !== undefined) requireInteger(caller, { clampLength }, 0);
  const attention = relativeAttention(config);
  const feedForward = positionwiseFeedForward(config);
  const shapes: Readonly<Record<string, readonly number[]>> = shapesOf(config);
  const names = Array.from({ length: count }, (_, at) => `layers.${at}`);

  const check = (parameters: Parameters, batch: number, memory: SegmentMemory = emptyMemory(), context?: LayerContext): void => {
    requireShapes(caller, parameters, shapes);
    checkMemory(memory, { width, count, batch });
    dropoutKey(caller, Math.max(dropout, config.attentionDropout ?? 0), context);
  };

  return {
    init(key: Key): Parameters {
      const drawn = names.map((name) => ({
        ...prefixed(`${name}.dec_attn`, attention.init(key.fold(`${name}.dec_attn`))),
        ...prefixed(`${name}.pos_ff`, feedForward.init(key.fold(`${name}.pos_ff`))),
      }));
      const all: Parameters = Object.assign({}, ...drawn);
      for (const [name, each] of Object.entries(all)) if (shapes[name] === undefined) each.dispose(); // biases that are shared
      return Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [name, all[name] ?? normal(key.fold(name), shape, { standardDeviation: 0.02 })]),
      );
    },

    check,

    apply(parameters: Parameters, { hidden, memory = emptyMemory(), r }: SegmentInputs, context?: LayerContext): SegmentOutputs {
      const { b } = dims(caller, { hidden: [hidden, `b n ${width}:float32`], r: [r, `distances ${width}:float32`] });
      check(parameters, b, memory, context);
      const shared = sharedBiases ? Object.fromEntries(biasNames.map((name) => [name, parameters[name] as Tensor])) : {};
      const key = dropoutKey(caller, dropout, context);
      const drop = (x: Tensor, name: string): Tensor => (key === undefined ? x : applyDropout(x, dropout, key.fold(name)));
      const keyLength = (memory.layers[0]?.shape[1] ?? 0) + (hidden.shape[1] as number);
      const distances = Math.min(keyLength, (reach ?? Number.POSITIVE_INFINITY) + 1);
      const done = tidy(() => {
        const encodings = drop(r ?? distanceEncodings({ width, distances, clampLength }), 'r');
        const inputs: Tensor[] = [];
        let x = drop(hidden, 'hidden');
        names.forEach((name, at) => {
          inputs.push(x);
          const attended = attention.apply(
            { ...scoped(parameters, `${name}.dec_attn`), ...shared },
            { hidden: x, memory: memory.layers[at], memoryLengths: memory.layers.length === 0 ? undefined : memory.lengths, r: encodings },
            contextOf(context, `${name}.dec_attn`),
          );
          x = feedForward.apply(scoped(parameters, `${name}.pos_ff`), attended, contextOf(context, `${name}.pos_ff`));
        });
        const next = extendMemory(memory, inputs, memoryLength);
        return { hidden: key === undefined ? x : drop(x, 'output'), layers: [...next.layers], lengths: [...next.lengths] };
      });
      return { hidden: done.hidden, memory: { layers: done.layers, lengths: done.lengths } };
    },
  };
}

function shapesOf(config: SegmentRecurrenceConfig): Record<string, readonly number[]> {
  const isShared = (name: string): boolean => config.sharedBiases === true && biasNames.some((bias) => bias === name);
  const attention = Object.entries(attentionShapes(config));
  const all: Record<string, readonly number[]> = Object.fromEntries(attention.filter(([name]) => isShared(name)));
  for (let at = 0; at < config.layers; at++) {
    for (const [name, shape] of attention) if (!isShared(name)) all[`layers.${at}.dec_attn.${name}`] = shape;
    for (const [name, shape] of Object.entries(feedForwardShapes(config))) all[`layers.${at}.pos_ff.${name}`] = shape;
  }
  return all;
}

function checkMemory({ layers, lengths }: SegmentMemory, { width, count, batch }: { width: number; count: number; batch: number }): void {
  for (const layer of layers) dims(caller, { first: [layers[0], 'b m width'], memory: [layer, `b m ${width}:float32`] });
  if (layers.length === 0) return;
  if (layers.length === count && lengths.length === batch && layers[0]?.shape[0] === batch) return;
  throw new ShapeError({
    caller,
    problem: 'the memory is not of these layers and batch rows.',
    expected: `${count} layers of ${batch} batch rows`,
    got: `${layers.length} layers of ${layers[0]?.shape[0]} batch rows, ${lengths.length} lengths`,
    remedy: 'give the memory that the same layers returned for the segment before, or emptyMemory().',
  });
}
