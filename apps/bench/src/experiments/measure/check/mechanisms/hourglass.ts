import { hourglass } from '@longspan/hierarchical';
import * as reference from '@longspan/tooling/reference';
import { slice } from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';

const { batch, heads, headDim } = checkSizes;
const width = heads * headDim;
/** No multiple of the factor. */
const length = 110;

/** Layers over tokens, over groups of three, and over tokens again. */
export const hourglassMechanism: Mechanism = {
  name: "hourglass '1@3', attention between levels",
  against: 'the same layers, dense, vectors by distance',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = hourglass({ width, heads, innerWidth: 80, tokenLayers: [1, 1], hierarchy: '1@3' });
    return layerSides(
      text,
      layer.init(text.key),
      [slice(text.hidden('hidden', width), [0, 0, 0], [batch, length, width])],
      (parameters, hidden) => layer.apply(parameters, hidden),
      (parameters, hidden) => reference.hourglass(parameters, hidden, 3),
    );
  },
};
