import type { TokenMarks } from '@longspan/attention-sparse';
import { type Layer, scoped } from '@longspan/core-tensor';
import { ConfigError, requireHeads, requireInteger, ShapeError } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { clone, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkParameters, initialParameters, type ParameterSpec, prefixedSpec } from '../layer/parameter-spec.ts';
import { type RecomputeConfig, recomputes } from '../layer/recomputed-part.ts';
import { checkedMarks, paddingMeanings, sameMarks } from '../layer/token-marks.ts';
import { tokensOf } from '../layer/tokens-of.ts';
import { maxPooling, meanPooling } from '../resample/pooling.ts';
import { type FunnelSizes, type FunnelVectors, funnelLayer, funnelLayerSpec } from './funnel-layer.ts';
import { type FunnelPoolingOptions, type FunnelSequence, funnelGroups, pooledFrom, pooledSequence } from './sequence.ts';

/** What Funnel's encoder and decoder have in common. */
export interface FunnelConfig extends RecomputeConfig {
  /** Features of a vector (d_model); even. */
  readonly width: number;
  readonly heads: number;
  /** Features of a head; width / heads when absent. */
  readonly headDim?: number;
  /** Features inside the feed-forward layers; 4 · width when absent. */
  readonly innerWidth?: number;
  /** Added to variances in the layer norms; 1e-9 when absent. */
  readonly epsilon?: number;
  /** Whether vector 0 is <cls>: pooled with nothing else, and without position and segment scores; true when absent. */
  readonly separateCls?: boolean;
  /** With a separate <cls>: drop the last vector before pooling, so that an even length halves exactly; true when absent. */
  readonly truncate?: boolean;
  /** How many tokens a query sees to each side; all of them when absent, as in the paper. */
  readonly window?: number;
}

export interface FunnelEncoderConfig extends FunnelConfig {
  /** Layers of each block; sequences halve between blocks. */
  readonly blockSizes: readonly number[];
  /** How often each layer of a block runs, with the same parameters; once when absent. */
  readonly blockRepeats?: readonly number[];
  /** 'mean' when absent. */
  readonly pooling?: 'mean' | 'max';
  /** Whether in the first layer of a pooled block only the queries are pooled, so that they see every vector; true when absent. */
  readonly poolQueriesOnly?: boolean;
}

export interface FunnelInputs {
  /** [b, n, width] */
  readonly hidden: Tensor;
  /** 1 for a token, 0 for padding; all are tokens when absent. */
  readonly mask?: TokenMarks;
  /** 0 or 1 for the segment of a token, 2 for <cls>; all of segment 0 when absent. */
  readonly types?: TokenMarks;
}

/** The output of each layer, in order: a block's first one is the first that is shorter. */
export type FunnelStates = readonly Tensor[];

const encoderDoor = 'funnelEncoder';
const decoderDoor = 'funnelDecoder';

/**
 * Funnel's encoder: blocks of layers, each block over half as many vectors as the one before, whose first layer asks with pooled
 * vectors. Scores have a content, a relative position and a segment part, computed in the factorised form, which gives what the
 * reference's relative shift gives. Parameters `blocks.B.L.attention.…` and `blocks.B.L.ffn.…`, as in Hugging Face's encoder.
 * @shape inputs.hidden [b, n, width], any n; returns one tensor for each layer and repetition
 * @throws ConfigError when width is odd or the lists of blocks do not fit each other
 * @cost n² pairs in the first block, a quarter of that in the next, each 2 · (2 · headDim + width + 3) multiply-adds per head; linear in n
 *   with a window
 * @source Dai et al. 2020 (arXiv 2006.03236) §2.2 and appendix A; FunnelEncoder of Hugging Face transformers 4.57
 * @example
 * const encoder = funnelEncoder({ width: 4, heads: 2, blockSizes: [1, 1] });
 * encoder.apply(encoder.init(createKey(0)), { hidden: ones([1, 8, 4]) }).map(({ shape }) => shape); // => [[1, 8, 4], [1, 4, 4]]
 */
export function funnelEncoder(config: FunnelEncoderConfig): Layer<FunnelInputs, FunnelStates> {
  const { blockSizes, blockRepeats = blockSizes.map(() => 1), pooling = 'mean', poolQueriesOnly = true } = config;
  const sizes = sizesOf(encoderDoor, config);
  const options = poolingOf(config);
  if (blockSizes.length === 0 || blockSizes.length !== blockRepeats.length) {
    throw new ConfigError({
      caller: encoderDoor,
      problem: 'blockSizes and blockRepeats are not those of the same blocks.',
      expected: 'one number for each block in both, at least one block',
      got: `blockSizes [${blockSizes.join(', ')}], blockRepeats [${blockRepeats.join(', ')}]`,
      remedy: 'give both lists one entry per block.',
    });
  }
  for (const [at, size] of blockSizes.entries()) {
    requireInteger(encoderDoor, { [`blockSizes[${at}]`]: size, [`blockRepeats[${at}]`]: blockRepeats[at] as number }, 1);
  }
  if (pooling !== 'mean' && pooling !== 'max') {
    throw new ConfigError({
      caller: encoderDoor,
      problem: 'there is no such pooling.',
      expected: "'mean' or 'max'",
      got: String(pooling),
      remedy: 'leave it out for the mean.',
    });
  }
  const spec: ParameterSpec = Object.assign(
    {},
    ...blockSizes.flatMap((size, block) =>
      Array.from({ length: size }, (_, at) => prefixedSpec(`blocks.${block}.${at}`, funnelLayerSpec(sizes))),
    ),
  );
  return {
    init: (key) => initialParameters(spec, key),
    apply(parameters, inputs) {
      const first = checkedInputs(encoderDoor, inputs, sizes.width);
      checkParameters(encoderDoor, spec, parameters);
      const recompute = recomputes(config.recompute, inputs.hidden);
      return tidy(() => {
        let now = first;
        const states: Tensor[] = [];
        blockSizes.forEach((size, block) => {
          const pools = block > 0 && (now.hidden.shape[1] as number) > (options.separateCls ? 2 : 1);
          const pooled = pools ? pool(now, pooling, options) : now;
          for (let at = 0; at < size; at++) {
            const own = scoped(parameters, `blocks.${block}.${at}`);
            for (let repeat = 0; repeat < (blockRepeats[block] as number); repeat++) {
              const isFirst = pools && at === 0 && repeat === 0;
              const keys = isFirst && !poolQueriesOnly ? pooled : now;
              const queries = isFirst ? pooled : now;
              now = { hidden: funnelLayer(own, queries, keys, sizes, recompute), sequence: queries.sequence };
              states.push(now.hidden);
            }
          }
        });
        return states;
      });
    },
  };
}

/**
 * Spreads the vectors of the last block over the tokens of the first again: each stands for `stride` of them; <cls> stands for
 * itself, and zeros fill what truncation dropped.
 * @shape x [b, m, width]; returns [b, length, width]
 * @throws ShapeError when x has too few vectors for that length
 * @cost one copy
 * @source FunnelDecoder's `upsample` of Hugging Face transformers 4.57
 * @example
 * await funnelUpsampling(tensor3d([1, 2, 3], [1, 3, 1]), { stride: 2, length: 6 }).data(); // => [1, 2, 2, 3, 3, 0]
 */
export function funnelUpsampling(
  x: Tensor,
  {
    stride,
    length,
    separateCls = true,
    truncate = true,
  }: { readonly stride: number; readonly length: number; readonly separateCls?: boolean; readonly truncate?: boolean },
): Tensor {
  const caller = 'funnelUpsampling';
  const { length: count } = tokensOf(caller, 'x', x);
  requireInteger(caller, { stride, length }, 1);
  if (stride === 1 && count === length) return clone(x);
  const alone = separateCls ? 1 : 0;
  const spread = alone + (count - alone) * stride;
  const filled = spread + (separateCls && truncate ? stride - 1 : 0);
  if (filled < length) {
    throw new ShapeError({
      caller,
      problem: 'x has too few vectors.',
      expected: `[b, m, c] that fill ${length} tokens, ${stride} for each vector`,
      got: `[${x.shape.join(', ')}], for ${filled} tokens`,
      remedy: 'give the stride and the length of the encoder, and its separateCls and truncate.',
    });
  }
  const source = (token: number): number => (token < alone ? token : alone + Math.floor((token - alone) / stride));
  return reorderRows(
    x,
    Int32Array.from({ length }, (_, token) => (token < spread ? source(token) : -1)),
  );
}

export interface FunnelDecoderConfig extends FunnelConfig {
  readonly layers: number;
}

/**
 * Funnel's decoder: layers over all tokens, for models that need a vector for each. Its input is the last block's output, spread by
 * `funnelUpsampling`, plus that of the first block. Parameters `layers.N.…`, as in Hugging Face.
 * @shape inputs.hidden [b, n, width]; returns the output of each layer
 * @throws ConfigError as funnelEncoder
 * @cost as the encoder's first block
 * @source Dai et al. 2020 (arXiv 2006.03236) §2.3; FunnelDecoder of Hugging Face transformers 4.57
 * @example
 * const decoder = funnelDecoder({ width: 4, heads: 2, layers: 1 });
 * decoder.apply(decoder.init(createKey(0)), { hidden: ones([1, 8, 4]) }).map(({ shape }) => shape); // => [[1, 8, 4]]
 */
export function funnelDecoder({ layers, ...config }: FunnelDecoderConfig): Layer<FunnelInputs, FunnelStates> {
  const sizes = sizesOf(decoderDoor, config);
  requireInteger(decoderDoor, { layers }, 1);
  const spec: ParameterSpec = Object.assign(
    {},
    ...Array.from({ length: layers }, (_, at) => prefixedSpec(`layers.${at}`, funnelLayerSpec(sizes))),
  );
  return {
    init: (key) => initialParameters(spec, key),
    apply(parameters, inputs) {
      const first = checkedInputs(decoderDoor, inputs, sizes.width);
      checkParameters(decoderDoor, spec, parameters);
      const recompute = recomputes(config.recompute, inputs.hidden);
      return tidy(() => {
        const states: Tensor[] = [];
        for (let at = 0; at < layers; at++) {
          const now = { ...first, hidden: states.at(-1) ?? first.hidden };
          states.push(funnelLayer(scoped(parameters, `layers.${at}`), now, now, sizes, recompute));
        }
        return states;
      });
    },
  };
}

function pool({ hidden, sequence }: FunnelVectors, way: 'mean' | 'max', options: FunnelPoolingOptions): FunnelVectors {
  const [batch, length, width] = hidden.shape as [number, number, number];
  const taken = pooledFrom(length, options);
  const groups = funnelGroups(taken, options);
  const from = slice(hidden, [0, 0, 0], [batch, taken, width]);
  return {
    hidden: way === 'mean' ? meanPooling(from, groups) : maxPooling(from, groups),
    sequence: pooledSequence(sequence, groups, options),
  };
}

const poolingOf = ({ separateCls = true, truncate = true }: FunnelConfig): FunnelPoolingOptions => ({ separateCls, truncate });

function sizesOf(caller: string, config: FunnelConfig): FunnelSizes {
  const { width, heads, innerWidth = 4 * width, epsilon = 1e-9, separateCls = true, window } = config;
  if (config.headDim === undefined) requireHeads(caller, { width, heads });
  const headDim = config.headDim ?? width / heads;
  requireInteger(caller, { width, heads, headDim, innerWidth }, 1);
  requireInteger(caller, { window: window ?? 0 }, 0);
  if (width % 2 !== 0) {
    throw new ConfigError({
      caller,
      problem: 'the width is odd.',
      expected: 'an even number: a sine and a cosine for each frequency',
      got: String(width),
      remedy: `use ${width + 1}.`,
    });
  }
  return { width, heads, headDim, innerWidth, epsilon, separateCls, window };
}

/** The inputs with positions from 0, and marks for every vector. */
function checkedInputs(caller: string, { hidden, mask, types }: FunnelInputs, width: number): FunnelVectors {
  const { batch, length } = tokensOf(caller, 'hidden', hidden, width);
  const sizes = { batch, length };
  const sequence: FunnelSequence = {
    positions: Array.from({ length }, (_, at) => at),
    types: checkedMarks(caller, 'types', types ?? sameMarks(0, sizes), { ...sizes, meanings: ['a segment', 'the other segment', '<cls>'] }),
    mask: checkedMarks(caller, 'mask', mask ?? sameMarks(1, sizes), { ...sizes, meanings: paddingMeanings }),
  };
  return { hidden, sequence };
}
