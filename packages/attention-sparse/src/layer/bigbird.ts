import type { Key, Layer, LayerContext, Parameters } from '@longspan/core-tensor';
import { requireRate } from '@longspan/core-tensor';
import { ConfigError, requireHeads, requireInteger } from '@longspan/core-tensor/error';
import { remember } from '@longspan/core-tensor/memo';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { attentionDropoutTerms } from '../attention/dropout.ts';
import { sparseAttention } from '../attention/sparse-attention.ts';
import { bigBird, type Mask, queriesAt, type RandomBlocks, randomBlocks } from '../mask/index.ts';
import { dense, denseParameters, tokensOf } from './head-projections.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { hidePadding, positionsOf, rowTexts, type TokenMarks } from './token-marks.ts';

/** How many random key blocks each query block draws, and from which key: the same for every batch row, another for each head. */
export interface DrawnRandomBlocks {
  readonly key: Key;
  readonly perQueryBlock: number;
}

export interface BigBirdAttentionConfig {
  /** Features of a token, all heads together. */
  readonly width: number;
  readonly heads: number;
  /** Tokens along each side of a block, of the pattern and of the layout. */
  readonly blockSize: number;
  /**
   * Random key blocks: drawn from a key, or given as Hugging Face writes them, [heads][blocks − 2][…] for the query blocks
   * between the first and the last.
   */
  readonly randomBlocks: DrawnRandomBlocks | readonly RandomBlocks[];
  /** Share of the attention weights that is dropped while training; 0 when absent. */
  readonly dropout?: number;
}

export interface BigBirdInputs {
  /** [b, n, width] */
  readonly hidden: Tensor;
  /** For each token 1, or 0 for padding, wherever it stands; no padding when absent. */
  readonly attentionMask?: TokenMarks;
}

const caller = 'bigBirdAttention';
const names = ['query', 'key', 'value'];

/**
 * BigBird's self attention: the first and the last block are global, each block sees its two neighbours and some random blocks.
 * A block that is listed twice is seen once (Hugging Face counts it twice). Padded tokens are not seen, and their rows are 0.
 * The last block may be shorter. Parameters as in Hugging Face: `query`, `key`, `value`, each `.weight`, `.bias`.
 * @shape inputs.hidden [b, n, width]; returns [b, n, width]
 * @throws ConfigError when heads do not divide width; apply: ShapeError, ConfigError when hidden, attentionMask or the given
 *   random blocks do not fit
 * @cost O(n · blockSize · (5 + random)) pairs; masks and layouts are kept for the last 16 attention masks
 * @source Zaheer et al. 2020 (arXiv 2007.14062) §2; BigBirdBlockSparseAttention of Hugging Face transformers 4.57
 * @example
 * const layer = bigBirdAttention({ width: 4, heads: 2, blockSize: 2, randomBlocks: { key: createKey(1), perQueryBlock: 1 } });
 * layer.apply(layer.init(createKey(0)), { hidden: ones([1, 11, 4]) }).shape; // => [1, 11, 4]
 */
export function bigBirdAttention(config: BigBirdAttentionConfig): Layer<BigBirdInputs, Tensor> {
  const { width, heads, blockSize, dropout = 0 } = config;
  requireHeads(caller, config);
  requireInteger(caller, { blockSize }, 1);
  requireRate(caller, 'dropout', dropout);
  const sizes = { inFeatures: width, outFeatures: width };
  const masks = remember<Mask>('bigBirdAttention masks');

  return {
    init: (key: Key) => denseParameters(key, names, sizes),
    apply(parameters: Parameters, { hidden, attentionMask }: BigBirdInputs, context?: LayerContext): Tensor {
      const { batch, length } = tokensOf(caller, 'hidden', hidden, width);
      const texts =
        attentionMask === undefined
          ? []
          : rowTexts(caller, 'attentionMask', attentionMask, { batch, length, meanings: ['padding', 'token'] });
      const mask = masks(`${length},${texts.join()}`, () => bigBirdMask(config, length, texts));
      const score = attentionDropoutTerms(caller, dropout, context);
      const projections = names.map((name) => dense(caller, parameters, name, sizes));
      return tidy(() => {
        const [q, k, v] = projections.map((project) => splitHeads(project(hidden), heads)) as [Tensor, Tensor, Tensor];
        return mergeHeads(sparseAttention(q, k, v, { mask, score, blockSize }).out);
      });
    },
  };
}

function bigBirdMask(config: BigBirdAttentionConfig, length: number, texts: readonly string[]): Mask {
  const blocks = Math.ceil(length / config.blockSize);
  const globalBlocks = [0, blocks - 1];
  const pattern = bigBird({
    block: config.blockSize,
    windowBlocks: 1,
    globalBlocks,
    randomBlocks: randomBlocksOf(config, blocks, globalBlocks),
  });
  const padding = hidePadding(texts);
  return padding === undefined ? pattern : pattern.and(padding).and(queriesAt(positionsOf(texts, '0')).not());
}

/** [heads][blocks][…], with none for the first and the last block. */
function randomBlocksOf(
  { randomBlocks: from, heads }: BigBirdAttentionConfig,
  blocks: number,
  globalBlocks: readonly number[],
): readonly RandomBlocks[] {
  if ('key' in from) {
    return randomBlocks(from.key, { heads, queryBlocks: blocks, perQueryBlock: from.perQueryBlock, windowBlocks: 1, globalBlocks });
  }
  const between = Math.max(0, blocks - 2);
  const bad = (got: string) =>
    new ConfigError({
      caller,
      problem: 'the given random blocks do not fit.',
      expected: `${heads} heads of ${between} query blocks (all but the first and the last), each a list of blocks from 0 to ${blocks - 1}`,
      got,
      remedy: 'give [heads][blocks − 2][…], or { key, perQueryBlock } to draw them for any length.',
    });
  if (from.length !== heads) throw bad(`${from.length} heads`);
  from.forEach((rows, head) => {
    if (rows.length !== between) throw bad(`${rows.length} query blocks (head ${head})`);
    rows.forEach((row, at) => {
      const wrong = Array.from(row).find((block) => !(Number.isInteger(block) && block >= 0 && block < blocks));
      if (wrong !== undefined) throw bad(`${wrong} (head ${head}, query block ${at + 1})`);
    });
  });
  return blocks < 2 ? from.map(() => [[]]) : from.map((rows) => [[], ...rows, []]);
}
