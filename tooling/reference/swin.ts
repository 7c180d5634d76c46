import { add, concat, gather, reshape, type Tensor, tensor1d, transpose } from '@tensorflow/tfjs-core';
import { visibleTokens } from './attention/pairs.ts';
import { gelu } from './layer/gelu.ts';
import { normed } from './layer/layer-norm.ts';
import { project } from './layer/linear.ts';
import { multiHeadAttention } from './layer/multi-head-attention.ts';
import { below, type Weights, weightOf } from './layer/weights.ts';
import { mixed, table } from './numbers/table.ts';

// Swin Transformer (Liu et al. 2021, "Hierarchical Vision Transformer using Shifted Windows", arXiv:2103.14030), §3.2, in the names of
// Hugging Face.

/** Rows and columns of an image whose tokens stand row by row. */
export interface Grid {
  readonly height: number;
  readonly width: number;
}

export interface SwinSizes {
  readonly grid: Grid;
  readonly heads: number;
  /** The side of the windows that the bias table is made for. */
  readonly window: number;
  /** The side of the windows in use, smaller where the image is; as the table's by default. */
  readonly side?: number | undefined;
  /** How far the windows are moved down and to the right; 0 by default. */
  readonly shift?: number | undefined;
}

/**
 * Attention within windows, over the coordinates of the image as it was before any roll: no order of windows, no regions. An image
 * that is no whole number of windows gets tokens of zeros at its bottom and right, which are seen.
 */
export function swinAttention(weights: Weights, hidden: Tensor, { grid, heads, window, side = window, shift = 0 }: SwinSizes): Tensor {
  const filled = { height: Math.ceil(grid.height / side) * side, width: Math.ceil(grid.width / side) * side };
  const tokens = filled.height * filled.width;
  const place = (at: number): readonly [row: number, column: number] => [Math.floor(at / filled.width), at % filled.width];
  // The windows of a shifted grid begin at shift − side, so that those at the edges are smaller, and none reaches around the image.
  const windowOf = (at: number): string =>
    place(at)
      .map((one) => Math.floor((one - shift) / side))
      .join();
  const counts = visibleTokens(tokens, (query, key) => windowOf(query) === windowOf(key));
  const rowOfPair = (query: number, key: number): number => {
    const [[i, j], [r, c]] = [place(query), place(key)];
    const [down, right] = [i - r + window - 1, j - c + window - 1];
    const isNear = Math.min(down, right) >= 0 && Math.max(down, right) < 2 * window - 1;
    return isNear ? down * (2 * window - 1) + right : 0; // pairs of different windows get any row
  };
  const rows = Int32Array.from({ length: tokens * tokens }, (_, pair) => rowOfPair(Math.floor(pair / tokens), pair % tokens));
  const biases = gather(weightOf(weights, 'relative_position_bias_table'), tensor1d(rows, 'int32'));
  const scores = reshape(transpose(biases, [1, 0]), [1, heads, tokens, tokens]);
  const placed = table(tokens, grid.height * grid.width, (to, from) => {
    const [row, column] = place(to);
    return Number(row < grid.height && column < grid.width && row * grid.width + column === from);
  });
  const out = multiHeadAttention(weights, { queries: mixed(placed, hidden), heads }, { counts, scores });
  return mixed(transpose(placed), out);
}

/** A layer: attention and a feed-forward part, each after its norm and added. */
export function swinLayer(weights: Weights, x: Tensor, sizes: SwinSizes): Tensor {
  const attended = swinAttention(below(weights, 'attention.self'), normed(weights, 'layernorm_before', x), sizes);
  const between = add(x, project(weights, 'attention.output.dense', attended));
  const inner = gelu(project(weights, 'intermediate.dense', normed(weights, 'layernorm_after', between)));
  return add(between, project(weights, 'output.dense', inner));
}

/** Four neighbours side by side, zeros beyond odd sides, a norm and a dense layer: half as many rows and columns, twice as wide. */
export function patchMerging(weights: Weights, x: Tensor, { height, width }: Grid): Tensor {
  const columns = Math.ceil(width / 2);
  const patches = Math.ceil(height / 2) * columns;
  const corners = [0, 1, 2, 3].map((corner) =>
    mixed(
      table(patches, height * width, (patch, pixel) => {
        const row = 2 * Math.floor(patch / columns) + (corner % 2);
        const column = 2 * (patch % columns) + Math.floor(corner / 2);
        return Number(row < height && column < width && pixel === row * width + column);
      }),
      x,
    ),
  );
  return project(weights, 'reduction', normed(weights, 'norm', concat(corners, 2)));
}
