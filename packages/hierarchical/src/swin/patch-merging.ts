import type { GridContext } from '@longspan/attention-sparse';
import { defineLayer, type Layer, layerNorm, linear } from '@longspan/core-tensor';
import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { checkGrid, fanInDraw, type TokenGrid } from '@longspan/core-tensor/layer';
import { reshape } from '@tensorflow/tfjs-core';

export interface PatchMergingConfig {
  /** Features of a token that comes in; twice as many go out. */
  readonly width: number;
  /** Added to the variance in the layer norm; 1e-5 by default. */
  readonly epsilon?: number | undefined;
  /** Whether the layer norm follows the linear layer, as in Swin V2, instead of preceding it; false by default. */
  readonly normAfter?: boolean | undefined;
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

/**
 * Merges two by two patches of an image into one of twice the features: side by side, layer norm, linear layer without a bias.
 * Sides that are odd get a row or column of zeros. Parameters `norm.weight`, `norm.bias` and `reduction.weight`, as in Hugging Face.
 * @shape x [b, height · width, c] -> [b, ceil(height / 2) · ceil(width / 2), 2 · c]
 * @throws ConfigError when width is not an integer of at least 1; apply: ShapeError when x does not fit context.grid
 * @cost O(height · width · c²) time
 * @source Liu et al. 2021 (arXiv 2103.14030) §3.1; SwinPatchMerging and Swinv2PatchMerging of Hugging Face transformers 4.57
 * @example
 * const layer = patchMerging({ width: 4 });
 * layer.apply(layer.init(createKey(0)), ones([1, 15, 4]), { grid: { height: 3, width: 5 } }).shape; // => [1, 6, 8]
 */
export function patchMerging(config: PatchMergingConfig): Layer<GridContext> {
  requireKnown('patchMerging', config, { width: true, epsilon: 'amount', normAfter: 'flag' });
  const { width, epsilon = 1e-5, normAfter = false } = config;
  requireInteger('patchMerging', { width }, 1);
  requireInteger('patchMerging', { '4 times width': 4 * width }, 1);
  return defineLayer({
    name: 'patchMerging',
    reads: ['grid'],
    parts: {
      norm: layerNorm({ width: normAfter ? 2 * width : 4 * width, epsilon }),
      reduction: linear({ inFeatures: 4 * width, outFeatures: 2 * width, bias: false, draw: fanInDraw }),
    },
    check: (caller, x, { grid }) => checkGrid(caller, x, width, grid),
    run({ parts }, x, { grid }: GridContext) {
      const order = patchOrder(grid);
      const patches = reshape(reorderRows(x, order), [x.shape[0] as number, order.length / 4, 4 * width]);
      return normAfter ? parts.norm(parts.reduction(patches)) : parts.reduction(parts.norm(patches));
    },
  });
}
