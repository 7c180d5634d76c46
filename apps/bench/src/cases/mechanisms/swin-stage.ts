import { type Parameters, scoped } from '@longspan/core-tensor';
import { swinStage } from '@longspan/hierarchical';
import { add, concat, gather, reshape, slice, type Tensor, tensor1d, transpose } from '@tensorflow/tfjs-core';
import { image, inOneWindow, pixels, relativeRow, shift, window } from './image.ts';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';
import { attendBy, gelu, mixed, normed, project, seenPairs, table } from './stock.ts';

const { batch, heads, headDim } = checkSizes;
const width = heads * headDim;

/** A layer of Swin with all pairs of pixels scored. */
function denseLayer(parameters: Parameters, x: Tensor, moved: number): Tensor {
  const before = normed(parameters, 'layernorm_before', x);
  const biases = gather(parameters['attention.self.relative_position_bias_table'] as Tensor, tensor1d(relativeRow, 'int32'));
  const out = attendBy(
    parameters,
    'attention.self.',
    { queries: before, heads },
    {
      counts: seenPairs(pixels, pixels, (query, key) => inOneWindow(query, key, moved)),
      scores: reshape(transpose(biases, [1, 0]), [1, heads, pixels, pixels]),
    },
  );
  const between = add(x, project(parameters, 'attention.output.dense', out));
  const inner = gelu(project(parameters, 'intermediate.dense', normed(parameters, 'layernorm_after', between)));
  return add(between, project(parameters, 'output.dense', inner));
}

/** Patches of two by two side by side, norm, dense. */
function merged(parameters: Parameters, x: Tensor): Tensor {
  const columns = image.width / 2;
  const corners = [0, 1, 2, 3].map((corner) =>
    mixed(
      table(pixels / 4, pixels, (patch, pixel) => {
        const row = 2 * Math.floor(patch / columns) + (corner % 2);
        return Number(pixel === row * image.width + 2 * (patch % columns) + Math.floor(corner / 2));
      }),
      x,
    ),
  );
  return project(parameters, 'reduction', normed(parameters, 'norm', concat(corners, 2)));
}

/** Two layers of Swin, the second with shifted windows, and the patches merged. */
export const swinMechanism: Mechanism = {
  name: 'swinStage, 2 layers and patchMerging',
  against: 'the same layers, all pairs of pixels scored',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const stage = swinStage({ width, heads, window, innerWidth: 80, depth: 2, downsample: true });
    return layerSides(
      text,
      stage.init(text.key),
      [slice(text.hidden('hidden', width), [0, 0, 0], [batch, pixels, width])],
      (parameters, hidden) => {
        const { tokens, merged } = stage.apply(parameters, { hidden, grid: image });
        return [tokens.hidden, merged?.hidden as Tensor];
      },
      (parameters, hidden) => {
        const first = denseLayer(scoped(parameters, 'blocks.0'), hidden, 0);
        const second = denseLayer(scoped(parameters, 'blocks.1'), first, shift);
        return [second, merged(scoped(parameters, 'downsample'), second)];
      },
    );
  },
};
