import { applyLinear, defineLayer, dims, dropout, type Layer, layerNorm } from '@longspan/core-tensor';
import { reorderRows } from '@longspan/core-tensor/kernel';
import { biasSpec, type TokenGrid, weightSpec } from '@longspan/core-tensor/layer';
import { remember } from '@longspan/core-tensor/memo';
import { reshape } from '@tensorflow/tfjs-core';

export interface PatchEmbeddingsConfig {
  /** Whom errors name. */
  readonly name: string;
  readonly channels: number;
  /** Pixels along each side of a patch. */
  readonly patchSide: number;
  readonly width: number;
  readonly hiddenDropout: number;
  readonly standardDeviation: number;
}

/** The grid of patches that an image is cut into; what is missing at the bottom and right is filled up. */
export const patchGrid = (height: number, width: number, patchSide: number): TokenGrid => ({
  height: Math.ceil(height / patchSide),
  width: Math.ceil(width / patchSide),
});

/** Of each patch, row by row, its pixels: channel, row, column; −1 beyond the image, where zeros stand. */
function pixelOrder(channels: number, height: number, width: number, side: number): Int32Array {
  const grid = patchGrid(height, width, side);
  const order = new Int32Array(grid.height * grid.width * channels * side * side);
  let at = 0;
  for (let patch = 0; patch < grid.height * grid.width; patch++) {
    const [top, left] = [Math.floor(patch / grid.width) * side, (patch % grid.width) * side];
    for (let channel = 0; channel < channels; channel++) {
      for (let row = top; row < top + side; row++) {
        for (let column = left; column < left + side; column++) {
          order[at++] = row < height && column < width ? (channel * height + row) * width + column : -1;
        }
      }
    }
  }
  return order;
}

/**
 * Cuts an image of any size into square patches and makes a vector of each: the convolution of the reference, whose steps are as long as its
 * kernel, is a linear map of each patch's pixels. Then a norm. Parameters `patch_embeddings.projection.weight`, `.bias`, `norm.weight`,
 * `norm.bias`.
 * @shape pixels [b, channels, height, width] -> [b, patches, width], row by row
 */
export function patchEmbeddings(config: PatchEmbeddingsConfig): Layer {
  const { name, channels, patchSide: side, width: features, hiddenDropout, standardDeviation } = config;
  const orders = remember<Int32Array>('pixels of patches');
  const [weight, bias] = ['patch_embeddings.projection.weight', 'patch_embeddings.projection.bias'] as const;
  const count = channels * side * side;
  return defineLayer({
    name,
    spec: {
      [weight]: weightSpec([features, channels, side, side], { kind: 'normal', standardDeviation }),
      [bias]: biasSpec([features]),
    },
    parts: {
      // Not the epsilon of the layers: the reference takes the default here, whatever layer_norm_eps says.
      norm: layerNorm({ width: features, epsilon: 1e-5 }),
      dropout: dropout({ rate: hiddenDropout }),
    },
    check: (caller, pixels) => void dims(caller, { pixels: [pixels, `b ${channels} height width:float32`] }),
    run({ parameters, parts }, pixels) {
      const [batch, , height, width] = pixels.shape as [number, number, number, number];
      const order = orders(`${height},${width}`, () => pixelOrder(channels, height, width, side));
      const patches = reshape(reorderRows(reshape(pixels, [batch, -1, 1]), order), [batch, order.length / count, count]);
      const mapped = applyLinear(patches, reshape(parameters.get(weight), [features, count]), parameters.get(bias));
      return parts.dropout(parts.norm(mapped));
    },
  });
}
