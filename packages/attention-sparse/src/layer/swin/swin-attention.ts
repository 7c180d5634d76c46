import {
  type CellBiasTerm,
  cellBias,
  defineLayer,
  gatherRows,
  type Layer,
  type LayerContext,
  linear,
  mergeHeads,
} from '@longspan/core-tensor';
import { requireHeads, requireKnown } from '@longspan/core-tensor/error';
import { attentionCall, inverseOrder, reorderRows, runAttention } from '@longspan/core-tensor/kernel';
import {
  attentionDropoutTerms,
  checkGrid,
  dropoutKey,
  requireRate,
  type TokenGrid,
  transformerDraw,
  weightSpec,
} from '@longspan/core-tensor/layer';
import { remember } from '@longspan/core-tensor/memo';
import { type Tensor, tensor2d, transpose } from '@tensorflow/tfjs-core';
import { projectToHeads } from '../project-to-heads.ts';
import { relativeIndex, requireWindows, type SwinWindows, swinWindows } from './swin-windows.ts';
import { windowRows } from './window-rows.ts';

export interface SwinAttentionConfig {
  /** Features of a token, all heads together. */
  readonly width: number;
  readonly heads: number;
  /** Tokens along each side of a window. */
  readonly windowSide: number;
  /** How far windows are shifted down and to the right, tokens; 0 by default, half a window in every second layer. */
  readonly shift?: number | undefined;
  /** Whether the projections add a bias; true by default (Hugging Face's `qkv_bias`). */
  readonly bias?: boolean | undefined;
  /**
   * Whether windows stay as they are in an image no larger than one, which is padded up to a window and shifted; false by default: such an
   * image is one smaller window, or several along its longer side.
   */
  readonly fixedWindows?: boolean | undefined;
  /** Share of the attention weights that is dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
}

export interface GridContext extends LayerContext {
  /** Rows and columns of the tokens of an image, which x holds row by row. */
  readonly grid: TokenGrid;
}

const caller = 'swinAttention';
const tableName = 'relative_position_bias_table';

/**
 * Attention within the square windows of an image, whole (pad, roll, cut into windows, attend, and all of it back), with a
 * learned bias by relative position. Without the output projection. An image whose sides are not multiples of the window is
 * padded by tokens of zeros that ARE attended to, as in Swin; one no larger than a window is not shifted.
 * Parameters as in Hugging Face: `query`, `key`, `value`, each `.weight`, `.bias`, and `relative_position_bias_table`;
 * a `relative_position_index` is derived, and ignored where it is given.
 * @shape x [b, height · width, c] -> [b, height · width, c]
 * @throws ConfigError when heads do not divide width or the shift is not within a window; apply: ShapeError when x does not fit
 * @cost O(n · windowSide²) pairs; orders, masks and layouts are kept for the last 16 image sizes
 * @source Liu et al. 2021 (arXiv 2103.14030) §3.2; SwinSelfAttention and SwinLayer of Hugging Face transformers 4.57
 * @example
 * const layer = swinAttention({ width: 4, heads: 2, windowSide: 2, shift: 1 });
 * layer.apply(layer.init(createKey(0)), ones([1, 15, 4]), { grid: { height: 3, width: 5 } }).shape; // => [1, 15, 4]
 */
export function swinAttention(config: SwinAttentionConfig): Layer<GridContext> {
  requireKnown('swinAttention', config, {
    width: true,
    heads: true,
    windowSide: true,
    shift: true,
    bias: 'flag',
    fixedWindows: 'flag',
    attentionDropout: true,
  });
  const { width, heads, windowSide, shift = 0, bias = true, fixedWindows: fixed = false, attentionDropout = 0 } = config;
  requireHeads(caller, config);
  requireWindows(caller, { windowSide, shift });
  requireRate(caller, 'attentionDropout', attentionDropout);
  const projection = linear({ inFeatures: width, outFeatures: width, bias, draw: transformerDraw });
  const projections = ['query', 'key', 'value'].map((name) => ({ name, heads, headDim: width / heads }));
  const plans = remember<SwinWindows>('swinAttention windows');
  return defineLayer({
    name: caller,
    spec: { [tableName]: weightSpec([(2 * windowSide - 1) ** 2, heads], transformerDraw) },
    parts: { query: projection, key: projection, value: projection },
    reads: ['grid'],
    attentions: [''],
    checkContext: (caller, context) => void dropoutKey(caller, attentionDropout, context),
    check: (caller, x, { grid }) => checkGrid(caller, x, width, grid),
    run({ caller, parameters, asked, tell }, x, context: GridContext) {
      const { grid } = context;
      const { order, mask, side } = plans(`${grid.height},${grid.width}`, () => swinWindows(grid, { windowSide, shift, fixed }));
      const windowed = reorderRows(x, order);
      const [q, k, v] = projectToHeads(parameters, windowed, projections) as [Tensor, Tensor, Tensor];
      const score = [
        positionBias(parameters.get(tableName), side, windowSide),
        ...attentionDropoutTerms(caller, attentionDropout, context),
      ];
      const call = attentionCall(caller, q, k, v, { mask, score, blockSize: side * side });
      const { out, logSumExp } = runAttention(call);
      const inverse = inverseOrder(order, grid.height * grid.width);
      if (asked !== undefined) tell(windowRows(caller, call, logSumExp, asked, { order, inverse }));
      return reorderRows(mergeHeads(out), inverse);
    },
  });
}

function positionBias(table: Tensor, side: number, windowSide: number): CellBiasTerm {
  const index = tensor2d(relativeIndex(side, windowSide), [side * side, side * side], 'int32');
  return cellBias(transpose(gatherRows(table, index), [2, 0, 1]));
}
