import type { TokenGrid } from '@longspan/attention-sparse';
import { applyLayerNorm, applyLinear, type Layer, parameter } from '@longspan/core-tensor';
import { requireInteger, ShapeError } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkParameters, initialParameters, linearSpec, normSpec } from '../layer/parameter-spec.ts';
import { tokensOf } from '../layer/tokens-of.ts';

export interface PatchMergingConfig {
  /** Features of a token that comes in; twice as many go out. */
  readonly width: number;
  /** Added to the variance in the layer norm; 1e-5 when absent. */
  readonly epsilon?: number;
}

/** The tokens of an image, row by row. */
export interface ImageTokens {
  /** [b, height · width, c] */
  readonly hidden: Tensor;
  readonly grid: TokenGrid;
}

/** The grid after patches of two by two became one. */
export const mergedGrid = ({ height, width }: TokenGrid): TokenGrid => ({ height: Math.ceil(height / 2), width: Math.ceil(width / 2) });

/** Of each patch: top left, bottom left, top right, bottom right; −1 where the image ends. */
function patchOrder(grid: TokenGrid): Int32Array {
  const merged = mergedGrid(grid);
  return Int32Array.from({ length: 4 * merged.height * merged.width }, (_, at) => {
    const [patch, corner] = [Math.floor(at / 4), at % 4];
    const row = 2 * Math.floor(patch / merged.width) + (corner % 2);
    const column = 2 * (patch % merged.width) + Math.floor(corner / 2);
    return row < grid.height && column < grid.width ? row * grid.width + column : -1;
  });
}

/** Throws unless there is one token for each cell of the grid. */
export function requireGrid(caller: string, { hidden, grid }: ImageTokens, width: number): void {
  requireInteger(caller, { 'grid.height': grid.height, 'grid.width': grid.width }, 1);
  const { length } = tokensOf(caller, 'hidden', hidden, width);
  if (length === grid.height * grid.width) return;
  throw new ShapeError({
    caller,
    problem: 'hidden does not fit the grid.',
    expected: `${grid.height * grid.width} tokens (height ${grid.height} · width ${grid.width})`,
    got: `${length} tokens ([${hidden.shape.join(', ')}])`,
    remedy: 'give the tokens of the whole image, row by row, or correct grid.',
  });
}

/**
 * Merges two by two patches of an image into one of twice the features: side by side, layer norm, dense layer without a bias.
 * Sides that are odd get a row or column of zeros. Parameters `norm.weight`, `norm.bias` and `reduction.weight`, as in Hugging Face.
 * @shape inputs.hidden [b, height · width, c]; returns [b, ceil(height / 2) · ceil(width / 2), 2 · c]
 * @throws ConfigError when width is not an integer of at least 1; apply: ShapeError when hidden does not fit the grid
 * @cost O(height · width · c²) time
 * @source Liu et al. 2021 (arXiv 2103.14030) §3.1; SwinPatchMerging of Hugging Face transformers 4.57
 * @example
 * const layer = patchMerging({ width: 4 });
 * layer.apply(layer.init(createKey(0)), { hidden: ones([1, 15, 4]), grid: { height: 3, width: 5 } }).shape; // => [1, 6, 8]
 */
export function patchMerging({ width, epsilon = 1e-5 }: PatchMergingConfig): Layer<ImageTokens, Tensor> {
  const caller = 'patchMerging';
  requireInteger(caller, { width }, 1);
  const spec = { ...linearSpec('reduction', 4 * width, 2 * width, { bias: false }), ...normSpec('norm', 4 * width) };
  return {
    init: (key) => initialParameters(spec, key),
    apply(parameters, { hidden, grid }) {
      requireGrid(caller, { hidden, grid }, width);
      checkParameters(caller, spec, parameters);
      return tidy(() => {
        const order = patchOrder(grid);
        const patches = reshape(reorderRows(hidden, order), [hidden.shape[0], order.length / 4, 4 * width]);
        const own = (name: string): Tensor => parameter(parameters, name, caller);
        return applyLinear(applyLayerNorm(patches, own('norm.weight'), own('norm.bias'), epsilon), own('reduction.weight'));
      });
    },
  };
}
