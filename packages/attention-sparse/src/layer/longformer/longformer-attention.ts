import {
  type Draw,
  defineLayer,
  type Layer,
  type LayerContext,
  linear,
  mergeHeads,
  type Padding,
  type ScoreTerm,
} from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireHeads, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import { attentionCall, attentionRows, isTaped, reorderRows, runAttention } from '@longspan/core-tensor/kernel';
import { attentionDropoutTerms, checkPadding, dropoutKey, requireDraw, requireRate, transformerDraw } from '@longspan/core-tensor/layer';
import { concat, getBackend, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { type Mask, type Sides, slidingWindow } from '../../mask/index.ts';
import { projectToHeads } from '../project-to-heads.ts';
import { tokensOf } from '../tokens.ts';
import { attendUnprojected } from './attend-unprojected.ts';
import { type GlobalTokens, globalsPerRow } from './global-tokens.ts';
import { type LongformerPlan, longformerPlan } from './longformer-plan.ts';
import { type Attended, longformerRows } from './longformer-rows.ts';

export interface LongformerAttentionConfig {
  /** Features of a token, all heads together. */
  readonly width: number;
  readonly heads: number;
  /** Tokens that a query attends to besides itself. Hugging Face's `attention_window` w is w / 2 on each side. */
  readonly window: Sides;
  /** Share of the attention weights that is dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
  /** Tokens along each side of a block of the layout; 64 by default, or the length of shorter sequences, filled up to a multiple of 8. */
  readonly blockSize?: number | undefined;
  /** How weights are drawn; normal with deviation 0.02 by default, as in Hugging Face. */
  readonly draw?: Draw | undefined;
}

export interface LongformerContext extends LayerContext {
  /** Which tokens are padding, wherever they stand; none by default. */
  readonly padding?: Padding | undefined;
  /** Positions of the global tokens, for all batch rows or a list for each; none by default. One that is padding is none. */
  readonly globals?: GlobalTokens | undefined;
}

type Names = readonly ['query' | 'query_global', 'key' | 'key_global', 'value' | 'value_global'];
const localNames: Names = ['query', 'key', 'value'];
const globalNames: Names = ['query_global', 'key_global', 'value_global'];

/** Where the width has as many features for each head of each global query, these attend to x itself: a quarter of what projecting it costs. */
const featuresEach = 4;

/**
 * Longformer's attention: a window for all tokens, and global tokens that all attend to and that attend to all.
 * Global tokens have projections of their own for what THEY attend to; others attend to them through the local key and value, once.
 * No query attends to padded tokens, and their rows are 0. Any length, without padding it.
 * Parameters as in Hugging Face: `query`, `key`, `value`, `query_global`, `key_global`, `value_global`, each `.weight`, `.bias`.
 * @shape x [b, n, width] -> [b, n, width]
 * @throws ConfigError when heads do not divide width; apply: ShapeError, ConfigError when x, padding or globals do not fit
 * @cost O(n · (left + right + globals)) pairs; masks and layouts are kept with the padding that they were made for. What few global tokens
 *   (4 · heads · globals at most the width) attend to is not projected, unless a gradient is taken, weights are dropped or rows asked for
 * @source Beltagy et al. 2020 (arXiv 2004.05150) §3; LongformerSelfAttention of Hugging Face transformers 4.57
 * @example
 * const layer = longformerAttention({ width: 4, heads: 2, window: { left: 1, right: 1 } });
 * const parameters = layer.init(createKey(0));
 * layer.apply(parameters, ones([1, 5, 4]), { globals: [0], padding: padding([[1, 1, 1, 1, 0]]) }).shape; // => [1, 5, 4]
 */
export function longformerAttention(config: LongformerAttentionConfig): Layer<LongformerContext> {
  requireKnown('longformerAttention', config, {
    width: true,
    heads: true,
    window: true,
    attentionDropout: true,
    blockSize: true,
    draw: 'record',
  });
  const { width, heads, attentionDropout = 0, blockSize, draw = transformerDraw } = config;
  requireHeads('longformerAttention', config);
  requireRate('longformerAttention', 'attentionDropout', attentionDropout);
  requireInteger('longformerAttention', { blockSize: blockSize ?? 1 }, 1);
  requireWindow('longformerAttention', config.window);
  requireDraw('longformerAttention', config.draw);
  const window = inNameOf('longformerAttention', () => slidingWindow(config.window));
  const projection = linear({ inFeatures: width, outFeatures: width, draw });
  const planOf = (caller: string, x: Tensor, { padding, globals = [] }: LongformerContext): LongformerPlan => {
    const tokens = tokensOf(caller, 'x', x, width);
    checkPadding(caller, padding, tokens);
    return longformerPlan(window, globalsPerRow(caller, globals, tokens), padding, tokens, heads);
  };
  return defineLayer({
    name: 'longformerAttention',
    parts: {
      query: projection,
      key: projection,
      value: projection,
      query_global: projection,
      key_global: projection,
      value_global: projection,
    },
    reads: ['padding', 'globals'],
    attentions: [''],
    checkContext: (caller, context) => void dropoutKey(caller, attentionDropout, context),
    check: (caller, x, context) => void planOf(caller, x, context),
    run({ caller, parameters, asked, tell }, x, context: LongformerContext) {
      const plan = planOf(caller, x, context);
      const attend = ([query, key, value]: Names, queries: Tensor, mask: Mask, score: readonly ScoreTerm[]): Attended => {
        const project = (of: Tensor, names: readonly string[]) =>
          projectToHeads(
            parameters,
            of,
            names.map((name) => ({ name, heads, headDim: width / heads })),
          );
        const [q, k, v] = (
          queries === x ? project(x, [query, key, value]) : [...project(queries, [query]), ...project(x, [key, value])]
        ) as [Tensor, Tensor, Tensor];
        const call = attentionCall(caller, q, k, v, { mask, score, queryOffset: 0, blockSize });
        const { out, logSumExp } = runAttention(call);
        return { hidden: mergeHeads(out), rows: (of) => attentionRows(caller, call, { logSumExp, queries: of }) };
      };
      const dropped = (part: string) => attentionDropoutTerms(caller, attentionDropout, context, part);
      const local = attend(localNames, x, plan.local, dropped('local'));
      if (plan.global === undefined) {
        if (asked !== undefined) tell(longformerRows(caller, asked, { local }));
        return local.hidden;
      }
      const { count, pick, put, mask, maskOfHeads } = plan.global;
      const [batch, length] = x.shape as [number, number, number];
      const queries = reshape(reorderRows(reshape(x, [1, batch * length, width]), pick), [batch, count, width]);
      const score = dropped('global');
      // Their gradients, dropped weights and the rows of their softmax are those of projected keys; and on webgpu packed weights are widened
      // within products alone.
      const isWithin = getBackend() === 'webgpu' && parameters.below('key_global').get('weight').dtype === 'int32';
      const isPlain = asked !== undefined || score.length > 0 || isTaped() || heads * count * featuresEach > width || isWithin;
      const global = isPlain
        ? attend(globalNames, queries, mask, score)
        : { hidden: attendUnprojected({ caller, parameters, heads, blockSize, mask: maskOfHeads }, queries, x) };
      if (asked !== undefined && 'rows' in global) tell(longformerRows(caller, asked, { local, global: { ...global, count, put } }));
      const rows = concat([local.hidden, global.hidden], 1);
      return reshape(reorderRows(reshape(rows, [1, batch * (length + count), width]), put), [batch, length, width]);
    },
  });
}

/** Throws unless it is a record of two sides; says what it is of Hugging Face's number. */
function requireWindow(caller: string, window: unknown): void {
  if (typeof window !== 'object' || window === null) {
    const side = typeof window === 'number' ? String(window / 2) : 'w / 2';
    throw new ConfigError({
      caller,
      problem: 'window must be { left, right }, the tokens that a query attends to on each side besides itself.',
      expected: '{ left, right }',
      got: show(window),
      remedy: `attention_window w of Hugging Face counts both sides: give { left: ${side}, right: ${side} }.`,
    });
  }
  const { left = 0, right = 0 } = window as Sides;
  requireInteger(caller, { 'window.left': left, 'window.right': right }, 0);
}
