import {
  type CellBiasTerm,
  cellBias,
  gatherRows,
  type Key,
  type Layer,
  type LayerContext,
  normal,
  type Parameters,
  parameter,
  requireRate,
} from '@longspan/core-tensor';
import { ConfigError, requireHeads, requireInteger, ShapeError } from '@longspan/core-tensor/error';
import { inverseOrder, reorderRows } from '@longspan/core-tensor/kernel';
import { remember } from '@longspan/core-tensor/memo';
import { type Tensor, tensor2d, tidy, transpose } from '@tensorflow/tfjs-core';
import { attentionDropoutTerms } from '../../attention/dropout.ts';
import { sparseAttention } from '../../attention/sparse-attention.ts';
import { dense, denseParameters, initialDeviation, tokensOf } from '../head-projections.ts';
import { mergeHeads, splitHeads } from '../heads.ts';
import { relativeIndex, type SwinWindows, swinWindows, type TokenGrid } from './swin-windows.ts';

export interface SwinAttentionConfig {
  /** Features of a token, all heads together. */
  readonly width: number;
  readonly heads: number;
  /** Tokens along each side of a window. */
  readonly window: number;
  /** How far windows are shifted down and to the right, tokens; 0 when absent, half a window in every second layer. */
  readonly shift?: number;
  /** Whether the projections add a bias; true when absent (Hugging Face's `qkv_bias`). */
  readonly bias?: boolean;
  /** Share of the attention weights that is dropped while training; 0 when absent. */
  readonly dropout?: number;
}

export interface SwinInputs {
  /** [b, height · width, width of the layer]: the tokens of an image, row by row. */
  readonly hidden: Tensor;
  readonly grid: TokenGrid;
}

const caller = 'swinAttention';
const names = ['query', 'key', 'value'];
const tableName = 'relative_position_bias_table';

/**
 * Attention within the square windows of an image, whole (pad, roll, cut into windows, attend, and all of it back), with a
 * learned bias by relative position. Without the output projection. An image whose sides are no multiples of the window is
 * padded by tokens of zeros that ARE seen, as in Swin; one no larger than a window is not shifted.
 * Parameters as in Hugging Face: `query`, `key`, `value`, each `.weight`, `.bias`, and `relative_position_bias_table`;
 * a `relative_position_index` is derived, and ignored where it is given.
 * @shape inputs.hidden [b, height · width, c]; returns [b, height · width, c]
 * @throws ConfigError when heads do not divide width or the shift is not within a window; apply: ShapeError when hidden does not fit
 * @cost O(n · window²) pairs; orders, masks and layouts are kept for the last 16 image sizes
 * @source Liu et al. 2021 (arXiv 2103.14030) §3.2; SwinSelfAttention and SwinLayer of Hugging Face transformers 4.57
 * @example
 * const layer = swinAttention({ width: 4, heads: 2, window: 2, shift: 1 });
 * layer.apply(layer.init(createKey(0)), { hidden: ones([1, 15, 4]), grid: { height: 3, width: 5 } }).shape; // => [1, 15, 4]
 */
export function swinAttention(config: SwinAttentionConfig): Layer<SwinInputs, Tensor> {
  const { init, prepare } = preparedWindowAttention(config);
  return { init, apply: (parameters, inputs, context) => prepare(parameters, inputs, context)(inputs.hidden) };
}

/** The same in two steps: `prepare` checks everything, what it returns computes. A layer around it can so check before it begins. */
export interface PreparedWindowAttention extends Pick<Layer<SwinInputs, Tensor>, 'init'> {
  prepare(parameters: Parameters, inputs: SwinInputs, context: LayerContext | undefined): (hidden: Tensor) => Tensor;
}

export function preparedWindowAttention(config: SwinAttentionConfig): PreparedWindowAttention {
  const { width, heads, window, shift = 0, bias = true, dropout = 0 } = config;
  requireHeads(caller, config);
  requireInteger(caller, { window }, 1);
  requireInteger(caller, { shift }, 0);
  requireRate(caller, 'dropout', dropout);
  if (shift >= window) {
    throw new ConfigError({
      caller,
      problem: 'the shift is not within a window.',
      expected: `from 0 to ${window - 1} tokens (window ${window})`,
      got: String(shift),
      remedy: `use ${Math.floor(window / 2)}, half a window, in every second layer.`,
    });
  }
  const sizes = { inFeatures: width, outFeatures: width, bias };
  const tableShape = [(2 * window - 1) ** 2, heads];
  const plans = remember<SwinWindows>('swinAttention windows');

  return {
    init: (key: Key) => ({
      ...denseParameters(key, names, sizes),
      [tableName]: normal(key.fold(tableName), tableShape, { standardDeviation: initialDeviation }),
    }),
    prepare(parameters, { hidden, grid }, context) {
      requireGrid(hidden, grid, width);
      const { order, mask, side } = plans(`${grid.height},${grid.width}`, () => swinWindows(grid, { window, shift }));
      const dropoutTerms = attentionDropoutTerms(caller, dropout, context);
      const projections = names.map((name) => dense(caller, parameters, name, sizes));
      const table = parameter(parameters, tableName, caller, tableShape);
      return (x) =>
        tidy(() => {
          const windowed = reorderRows(x, order);
          const [q, k, v] = projections.map((project) => splitHeads(project(windowed), heads)) as [Tensor, Tensor, Tensor];
          const score = [positionBias(table, side, window), ...dropoutTerms];
          const { out } = sparseAttention(q, k, v, { mask, score, blockSize: side * side });
          return reorderRows(mergeHeads(out), inverseOrder(order, grid.height * grid.width));
        });
    },
  };
}

function positionBias(table: Tensor, side: number, window: number): CellBiasTerm {
  const index = tensor2d(relativeIndex(side, window), [side * side, side * side], 'int32');
  return cellBias(transpose(gatherRows(table, index), [2, 0, 1]));
}

function requireGrid(hidden: Tensor, { height, width: columns }: TokenGrid, width: number): void {
  requireInteger(caller, { 'grid.height': height, 'grid.width': columns }, 1);
  const { length } = tokensOf(caller, 'hidden', hidden, width);
  if (length === height * columns) return;
  throw new ShapeError({
    caller,
    problem: 'hidden does not fit the grid.',
    expected: `${height * columns} tokens (height ${height} · width ${columns})`,
    got: `${length} tokens ([${hidden.shape.join(', ')}])`,
    remedy: 'give the tokens of the whole image, row by row, or correct grid.',
  });
}
