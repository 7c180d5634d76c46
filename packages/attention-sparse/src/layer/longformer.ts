import { type Key, type Layer, type LayerContext, type Parameters, requireRate, type ScoreTerm } from '@longspan/core-tensor';
import { requireHeads, requireInteger } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { remember } from '@longspan/core-tensor/memo';
import { concat, reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { attentionDropoutTerms } from '../attention/dropout.ts';
import { sparseAttention } from '../attention/sparse-attention.ts';
import { keysAt, type Mask, queriesAt, type Sides, slidingWindow } from '../mask/index.ts';
import { dense, denseParameters, tokensOf } from './head-projections.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { hidePadding, positionsOf, rowTexts, type TokenMarks } from './token-marks.ts';

export interface LongformerAttentionConfig {
  /** Features of a token, all heads together. */
  readonly width: number;
  readonly heads: number;
  /** Tokens that a query sees besides itself. Hugging Face's `attention_window` w is w / 2 on each side. */
  readonly window: Sides;
  /** Share of the attention weights that is dropped while training; 0 when absent. */
  readonly dropout?: number;
  /** Tokens along each side of a block of the layout; 64 when absent. */
  readonly blockSize?: number;
}

export interface LongformerInputs {
  /** [b, n, width] */
  readonly hidden: Tensor;
  /** For each token 0 (padding), 1 (local) or 2 (global), wherever it stands; all local when absent. */
  readonly attentionMask?: TokenMarks;
}

const caller = 'longformerAttention';
const localNames = ['query', 'key', 'value'];
const globalNames = ['query_global', 'key_global', 'value_global'];

/** Shared by all layers, so that those of a model build each layout once; keeps no tensors. */
const plans = remember<LongformerPlan>('longformerAttention plans', 32);

type Projection = (x: Tensor) => Tensor;

/**
 * Longformer's self attention: a window for all tokens, and global tokens that all see and that see all.
 * Global tokens have projections of their own for what THEY see; others see them through the local key and value, once.
 * Padded tokens are not seen, and their rows are 0. Any length, without padding it.
 * Parameters as in Hugging Face: `query`, `key`, `value`, `query_global`, `key_global`, `value_global`, each `.weight`, `.bias`.
 * @shape inputs.hidden [b, n, width]; returns [b, n, width]
 * @throws ConfigError when heads do not divide width; apply: ShapeError, ConfigError when hidden or attentionMask does not fit
 * @cost O(n · (left + right + globals)) pairs; masks and layouts are kept for the last 32 attention masks
 * @source Beltagy et al. 2020 (arXiv 2004.05150) §3; LongformerSelfAttention of Hugging Face transformers 4.57
 * @example
 * const layer = longformerAttention({ width: 4, heads: 2, window: { left: 1, right: 1 } });
 * const parameters = layer.init(createKey(0));
 * layer.apply(parameters, { hidden: ones([1, 5, 4]), attentionMask: [[2, 1, 1, 1, 0]] }).shape; // => [1, 5, 4]
 */
export function longformerAttention(config: LongformerAttentionConfig): Layer<LongformerInputs, Tensor> {
  const { width, heads, dropout = 0 } = config;
  requireHeads(caller, config);
  requireRate(caller, 'dropout', dropout);
  requireInteger(caller, { blockSize: config.blockSize ?? 1 }, 1);
  const window = slidingWindow(config.window);
  const blocks = config.blockSize === undefined ? {} : { blockSize: config.blockSize };
  const sizes = { inFeatures: width, outFeatures: width };

  return {
    init: (key: Key) => denseParameters(key, [...localNames, ...globalNames], sizes),
    apply(parameters: Parameters, { hidden, attentionMask }: LongformerInputs, context?: LayerContext): Tensor {
      const { batch, length } = tokensOf(caller, 'hidden', hidden, width);
      const texts =
        attentionMask === undefined
          ? []
          : rowTexts(caller, 'attentionMask', attentionMask, { batch, length, meanings: ['padding', 'local', 'global'] });
      const plan = plans(`${window.name},${batch},${length},${texts.join()}`, () => makePlan(window, texts, batch, length));
      const localScore = attentionDropoutTerms(caller, dropout, context, 'local');
      const globalScore = attentionDropoutTerms(caller, dropout, context, 'global');
      const projections = (names: readonly string[]) => names.map((name) => dense(caller, parameters, name, sizes));
      const localProjections = projections(localNames);
      const globalProjections = plan.global === undefined ? [] : projections(globalNames);
      const attend = (by: readonly Projection[], queries: Tensor, mask: Mask, score: readonly ScoreTerm[]): Tensor => {
        const [q, k, v] = [queries, hidden, hidden].map((x, at) => splitHeads((by[at] as Projection)(x), heads)) as [
          Tensor,
          Tensor,
          Tensor,
        ];
        return mergeHeads(sparseAttention(q, k, v, { ...blocks, mask, score, queryOffset: 0 }).out);
      };
      return tidy(() => {
        const local = attend(localProjections, hidden, plan.local, localScore);
        if (plan.global === undefined) return local;
        const { count, pick, put, mask } = plan.global;
        const chosen = reshape(reorderRows(reshape(hidden, [1, batch * length, width]), pick), [batch, count, width]);
        const rows = concat([local, attend(globalProjections, chosen, mask, globalScore)], 1);
        return reshape(reorderRows(reshape(rows, [1, batch * (length + count), width]), put), [batch, length, width]);
      });
    },
  };
}

interface LongformerPlan {
  readonly local: Mask;
  readonly global:
    | undefined
    | {
        /** Global queries of the batch row that has most. */
        readonly count: number;
        /** Rows of hidden [b · n] that are the global queries [b · count]; −1 where a batch row has fewer. */
        readonly pick: Int32Array;
        /** For each row of the result [b · n] its row in [b, local (n) and global (count) results]. */
        readonly put: Int32Array;
        readonly mask: Mask;
      };
}

function makePlan(window: Mask, texts: readonly string[], batch: number, length: number): LongformerPlan {
  const padding = hidePadding(texts);
  const visible = (mask: Mask): Mask => (padding === undefined ? mask : mask.and(padding));
  const globals = positionsPerRow(texts, '2', batch);
  const count = Math.max(0, ...globals.map((positions) => positions.length));
  if (count === 0) {
    return { local: padding === undefined ? window : visible(window).and(queriesAt(positionsOf(texts, '0')).not()), global: undefined };
  }
  const local = visible(window.or(keysAt(positionsOf(texts, '2')))).and(queriesAt(positionsOf(texts, '02')).not());
  const pick = new Int32Array(batch * count).fill(-1);
  const put = Int32Array.from({ length: batch * length }, (_, row) => row + Math.floor(row / length) * count);
  globals.forEach((positions, row) => {
    positions.forEach((position, at) => {
      pick[row * count + at] = row * length + position;
      put[row * length + position] = row * (length + count) + length + at;
    });
  });
  const real = texts.map((_, row) => Array.from((globals[row] as readonly number[]).keys()));
  return { local, global: { count, pick, put, mask: visible(queriesAt(real)) } };
}

function positionsPerRow(texts: readonly string[], digits: string, batch: number): readonly (readonly number[])[] {
  const rows = texts.map((text) => positionsOf([text], digits) as readonly number[]);
  return Array.from({ length: texts.length === 0 ? 0 : batch }, (_, row) => rows[row % rows.length] as readonly number[]);
}
