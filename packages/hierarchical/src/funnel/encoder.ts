import { defineLayer, type Layer } from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireKnown, show } from '@longspan/core-tensor/error';
import { slice, type Tensor } from '@tensorflow/tfjs-core';
import { requireLayerList } from '../layers/require-layers.ts';
import { maxPooling, meanPooling } from '../resample/pooling.ts';
import type { FunnelLayerContext, FunnelVectors } from './attention.ts';
import { type FunnelConfig, type FunnelContext, type FunnelOutput, funnelNames, sizesOf } from './config.ts';
import { funnelLayer } from './layer.ts';
import { checkFunnel, type FunnelPoolingOptions, funnelGroups, pooledFrom, pooledSequence, tokenSequence } from './sequence.ts';

export interface FunnelEncoderConfig extends FunnelConfig {
  /** Layers of each block; sequences halve between blocks. */
  readonly blockSizes: readonly number[];
  /** How often each layer of a block runs, with the same parameters; once by default. */
  readonly blockRepeats?: readonly number[] | undefined;
  /** 'mean' by default. */
  readonly pooling?: 'mean' | 'max' | undefined;
  /** Whether in the first layer of a pooled block only the queries are pooled, so that they attend to every vector; true by default. */
  readonly poolQueriesOnly?: boolean | undefined;
}

const caller = 'funnelEncoder';
const pools = { mean: meanPooling, max: maxPooling };

/**
 * Funnel's encoder: blocks of layers, each block over half as many vectors as the one before, whose first layer has pooled queries.
 * Scores have a content, a relative position and a segment part, computed in the factorised form, which gives what the
 * reference's relative shift gives. Parameters `blocks.B.L.attention.…` and `blocks.B.L.ffn.…`, as in Hugging Face's encoder.
 * @shape x [b, n, width], any n -> { hidden, states }, one state for each layer and repetition
 * @throws ConfigError when width is odd or the lists of blocks do not fit each other; apply: ShapeError, ConfigError when x,
 *   context.padding or context.tokenTypes do not fit
 * @cost n² pairs in the first block, a quarter of that in the next, each 2 · (2 · headDim + width + 3) multiply-adds per head; linear in n
 *   with a window
 * @source Dai et al. 2020 (arXiv 2006.03236) §2.2 and appendix A; FunnelEncoder of Hugging Face transformers 4.57
 * @example
 * const encoder = funnelEncoder({ width: 4, heads: 2, blockSizes: [1, 1] });
 * const { states } = encoder.apply(encoder.init(createKey(0)), ones([1, 8, 4]));
 * states.map(({ shape }) => shape); // => [[1, 8, 4], [1, 4, 4]]
 */
export function funnelEncoder(config: FunnelEncoderConfig): Layer<FunnelContext, FunnelOutput> {
  requireKnown(caller, config, { ...funnelNames, blockSizes: true, blockRepeats: true, pooling: true, poolQueriesOnly: 'flag' });
  const { pooling = 'mean', poolQueriesOnly = true } = config;
  const sizes = sizesOf(caller, config);
  const { blockSizes, blockRepeats } = blocksOf(config);
  if (pooling !== 'mean' && pooling !== 'max') {
    throw new ConfigError({
      caller,
      problem: "pooling must be 'mean' or 'max'.",
      expected: "'mean' or 'max'",
      got: show(pooling),
      remedy: 'leave it out for the mean.',
    });
  }
  // Each layer with its block and its place there, in order.
  const layers = blockSizes.flatMap((size, block) => Array.from({ length: size }, (_, at) => ({ block, at })));
  const numbered: Readonly<Record<string, Layer<FunnelLayerContext>>> = inNameOf(caller, () =>
    Object.fromEntries(layers.map(({ block, at }) => [`blocks.${block}.${at}`, funnelLayer(sizes)])),
  );
  return defineLayer({
    name: caller,
    parts: numbered,
    reads: ['padding', 'tokenTypes'],
    provides: ['sequence', 'keys'],
    check: (caller, x, context) => checkFunnel(caller, sizes.width, x, context),
    run({ parts }, x, context: FunnelContext) {
      let now: FunnelVectors = { hidden: x, sequence: tokenSequence(x, context) };
      const states: Tensor[] = [];
      for (const [nth, part] of Object.values(parts).entries()) {
        const { block, at } = layers[nth] as { block: number; at: number };
        const pooled = block > 0 && at === 0 ? pool(now, pools[pooling], sizes) : now;
        for (let repeat = 0; repeat < (blockRepeats[block] as number); repeat++) {
          const queries = repeat === 0 ? pooled : now;
          const keys = poolQueriesOnly ? now : queries;
          const { sequence } = queries;
          now = { hidden: part(queries.hidden, keys === queries ? { sequence } : { sequence, keys }), sequence };
          states.push(now.hidden);
        }
      }
      return { hidden: now.hidden, states };
    },
  });
}

/** Half as many vectors; the same where there are too few to halve. */
function pool(of: FunnelVectors, pooling: typeof meanPooling, options: FunnelPoolingOptions): FunnelVectors {
  const [batch, length, width] = of.hidden.shape as [number, number, number];
  if (length <= (options.keepCls ? 2 : 1)) return of;
  const taken = pooledFrom(length, options);
  const groups = funnelGroups(taken, options);
  const hidden = pooling(slice(of.hidden, [0, 0, 0], [batch, taken, width]), groups);
  return { hidden, sequence: pooledSequence(of.sequence, groups, options) };
}

/** The two lists of blocks, copied. */
function blocksOf(config: FunnelEncoderConfig): { readonly blockSizes: readonly number[]; readonly blockRepeats: readonly number[] } {
  const blockSizes = requireLayerList(caller, 'blockSizes', config.blockSizes);
  const blockRepeats =
    config.blockRepeats === undefined ? blockSizes.map(() => 1) : requireLayerList(caller, 'blockRepeats', config.blockRepeats);
  if (blockSizes.length > 0 && blockSizes.length === blockRepeats.length) return { blockSizes, blockRepeats };
  throw new ConfigError({
    caller,
    problem: 'blockSizes and blockRepeats must have one number for each block, and there must be a block.',
    expected: 'one number for each block in both, at least one block',
    got: `blockSizes ${show(blockSizes)}, blockRepeats ${show(blockRepeats)}`,
    remedy: 'give both lists one entry per block.',
  });
}
