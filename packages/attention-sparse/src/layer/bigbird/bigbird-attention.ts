import {
  type AttentionRequest,
  type AttentionResult,
  type Draw,
  defineLayer,
  type Key,
  type Layer,
  type LayerContext,
  linear,
  mergeHeads,
  type Padding,
} from '@longspan/core-tensor';
import { ConfigError, isList, owned, requireHeads, requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { type AttentionCall, attentionCall, attentionRows, type RowWeights, rowsOfHeads, runAttention } from '@longspan/core-tensor/kernel';
import { attentionDropoutTerms, checkPadding, dropoutKey, requireDraw, requireRate, transformerDraw } from '@longspan/core-tensor/layer';
import { remember } from '@longspan/core-tensor/memo';
import { add, concat, sub, type Tensor } from '@tensorflow/tfjs-core';
import { merged } from '../../attention/merge-attention.ts';
import { type Mask, type RandomBlocks, randomBlocks } from '../../mask/index.ts';
import { withoutPaddedRows } from '../padding-mask.ts';
import { projectToHeads } from '../project-to-heads.ts';
import { tokensOf } from '../tokens.ts';
import { type BigBirdPattern, bigBirdPattern } from './pattern.ts';

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
   * between the first and the last; or a function that gives these for a number of blocks.
   */
  readonly randomBlocks: DrawnRandomBlocks | readonly RandomBlocks[] | ((blocks: number) => readonly RandomBlocks[]);
  /** Whether a block that is named twice counts twice, as in Hugging Face; false by default. */
  readonly countRepeats?: boolean | undefined;
  /** Whether no query attends to later keys, those of the last block included; false by default, as in Hugging Face whatever its config says. */
  readonly causal?: boolean | undefined;
  /** Whether the linear maps add a bias; true by default. */
  readonly bias?: boolean | undefined;
  /** How weights are drawn; normal with deviation 0.02 by default, as in Hugging Face. */
  readonly draw?: Draw | undefined;
  /** Share of the attention weights that is dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
}

export interface BigBirdContext extends LayerContext {
  /** Which tokens are padding, wherever they stand; none by default. */
  readonly padding?: Padding | undefined;
}

const caller = 'bigBirdAttention';

/**
 * BigBird's attention: the first and the last block are global, each block attends to its two neighbours and some random blocks.
 * A block that is listed twice counts once, or as often as it is listed with `countRepeats`. No query attends to padded tokens, and their
 * rows are 0.
 * The last block may be shorter. Parameters as in Hugging Face: `query`, `key`, `value`, each `.weight`, `.bias`.
 * @shape x [b, n, width] -> [b, n, width]
 * @throws ConfigError when heads do not divide width; apply: ShapeError, ConfigError when x, the padding or the given random blocks
 *   do not fit
 * @cost O(n · blockSize · (5 + random)) pairs; masks and layouts are kept for the last 16 lengths, and with their padding
 * @source Zaheer et al. 2020 (arXiv 2007.14062) §2; BigBirdBlockSparseAttention of Hugging Face transformers 4.57
 * @example
 * const layer = bigBirdAttention({ width: 4, heads: 2, blockSize: 2, randomBlocks: { key: createKey(1), perQueryBlock: 1 } });
 * layer.apply(layer.init(createKey(0)), ones([1, 11, 4])).shape; // => [1, 11, 4]
 */
export function bigBirdAttention(config: BigBirdAttentionConfig): Layer<BigBirdContext> {
  requireKnown(caller, config, {
    width: true,
    heads: true,
    blockSize: true,
    randomBlocks: true,
    attentionDropout: true,
    countRepeats: 'flag',
    causal: 'flag',
    bias: 'flag',
    draw: 'record',
  });
  const { width, heads, blockSize, attentionDropout = 0, draw = transformerDraw, bias } = config;
  requireHeads(caller, config);
  requireInteger(caller, { blockSize }, 1);
  requireRate(caller, 'attentionDropout', attentionDropout);
  requireRandomBlocks(config.randomBlocks);
  requireDraw(caller, config.draw);
  const own = owned(config);
  const projection = linear({ inFeatures: width, outFeatures: width, bias, draw });
  const projections = ['query', 'key', 'value'].map((name) => ({ name, heads, headDim: width / heads }));
  const patterns = remember<BigBirdPattern>(`${caller} masks`);
  const patternOf = (caller: string, x: Tensor, { padding }: BigBirdContext): BigBirdPattern => {
    const tokens = tokensOf(caller, 'x', x, width);
    checkPadding(caller, padding, tokens);
    return patterns(`${tokens.length}`, () => patternOfLength(own, tokens.length));
  };
  return defineLayer({
    name: caller,
    parts: { query: projection, key: projection, value: projection },
    reads: ['padding'],
    attentions: [''],
    checkContext: (caller, context) => void dropoutKey(caller, attentionDropout, context),
    check: (caller, x, context) => void patternOf(caller, x, context),
    run({ caller, parameters, asked, tell }, x, context: BigBirdContext) {
      const { mask, repeats } = patternOf(caller, x, context);
      const [q, k, v] = projectToHeads(parameters, x, projections) as [Tensor, Tensor, Tensor];
      const score = attentionDropoutTerms(caller, attentionDropout, context);
      const callOf = (over: Mask): AttentionCall =>
        attentionCall(caller, q, k, v, { mask: withoutPaddedRows(over, context.padding), score, blockSize });
      // Attention to keys that count c times more has c times their weight: ln c more in the log-sum-exp.
      const calls = [
        { call: callOf(mask), more: 0 },
        ...repeats.map(({ mask: over, count }) => ({ call: callOf(over), more: Math.log(count) })),
      ];
      const whole = calls
        .map(({ call, more }): AttentionResult => {
          const { out, logSumExp } = runAttention(call);
          return more === 0 ? { out, logSumExp } : { out, logSumExp: add(logSumExp, more) };
        })
        .reduce((all, one) => merged(all, one));
      if (asked !== undefined) tell(joinedRows(caller, calls, whole.logSumExp, asked));
      return mergeHeads(whole.out);
    },
  });
}

function patternOfLength(config: BigBirdAttentionConfig, length: number): BigBirdPattern {
  const { blockSize, countRepeats = false, causal = false } = config;
  const blocks = Math.ceil(length / blockSize);
  return bigBirdPattern({ blockSize, blocks, randomBlocks: randomBlocksOf(config, blocks, [0, blocks - 1]), countRepeats, causal });
}

/** [heads][blocks][…], with none for the first and the last block. */
function randomBlocksOf(
  { randomBlocks: given, heads }: BigBirdAttentionConfig,
  blocks: number,
  globalBlocks: readonly number[],
): readonly RandomBlocks[] {
  const from = typeof given === 'function' ? given(blocks) : given;
  if (typeof given === 'function') requireRandomBlocks(from);
  if ('key' in from) {
    return randomBlocks(from.key, { heads, queryBlocks: blocks, perQueryBlock: from.perQueryBlock, windowBlocks: 1, globalBlocks });
  }
  const between = Math.max(0, blocks - 2);
  const bad = (got: string) =>
    new ConfigError({
      caller,
      problem: 'randomBlocks must have one list for each head and inner query block.',
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

function requireRandomBlocks(given: BigBirdAttentionConfig['randomBlocks']): void {
  if (typeof given === 'function') return;
  if (isList(given)) {
    for (const rows of given) {
      requireKind(caller, 'each head of randomBlocks', rows, 'list');
      for (const row of rows) requireKind(caller, 'each list of randomBlocks', row, 'list');
    }
    return;
  }
  requireKind(caller, 'randomBlocks', given, 'record');
  requireKnown(caller, given as DrawnRandomBlocks, { key: 'key', perQueryBlock: true });
  const { key, perQueryBlock } = given as DrawnRandomBlocks;
  requireKind(caller, 'randomBlocks.key', key, 'key');
  requireInteger(caller, { 'randomBlocks.perQueryBlock': perQueryBlock }, 0);
}

/** Rows of the softmax over all calls; a key that several of them have stands there as often. */
function joinedRows(
  caller: string,
  calls: readonly { readonly call: AttentionCall; readonly more: number }[],
  logSumExp: Tensor,
  { queries, heads }: AttentionRequest,
): RowWeights {
  const each = calls.map(({ call, more }) => attentionRows(caller, call, { logSumExp: sub(logSumExp, more), queries }));
  const all = {
    keys: concat(
      each.map(({ keys }) => keys),
      3,
    ),
    weights: concat(
      each.map(({ weights }) => weights),
      3,
    ),
  };
  return heads === undefined ? all : rowsOfHeads(caller, all, heads);
}
