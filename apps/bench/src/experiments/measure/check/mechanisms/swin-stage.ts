import { swinStage } from '@longspan/hierarchical';
import { below, patchMerging, swinLayer } from '@longspan/tooling/reference';
import { slice } from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';

const { batch, heads, headDim } = checkSizes;
const width = heads * headDim;
const sizes = { heads, window: 4 } as const;
/** The text as an image: its first tokens, row by row. */
const grid = { height: 8, width: 24 } as const;

/** Two layers of Swin, the second with shifted windows, and the patches merged. */
export const swinMechanism: Mechanism = {
  name: 'swinStage, 2 layers and patchMerging',
  against: 'the same layers, all pairs of pixels scored',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const stage = swinStage({ heads, windowSide: sizes.window, width, innerWidth: 80, depth: 2, downsample: true });
    return layerSides(
      text,
      stage.init(text.key),
      [slice(text.hidden('hidden', width), [0, 0, 0], [batch, grid.height * grid.width, width])],
      (parameters, hidden) => {
        const { tokens, hidden: merged } = stage.apply(parameters, hidden, { grid });
        return [tokens, merged];
      },
      (parameters, hidden) => {
        const first = swinLayer(below(parameters, 'blocks.0'), hidden, { ...sizes, grid });
        const second = swinLayer(below(parameters, 'blocks.1'), first, { ...sizes, grid, shift: 2 });
        return [second, patchMerging(below(parameters, 'downsample'), second, grid)];
      },
    );
  },
};
