import type { Tensor } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import type { LayerNormAttributes, LayerNormInputs } from './call.ts';
import { layerNormGradient } from './gradient.ts';
import { layerNormReference } from './reference.ts';

/** Rows brought to mean 0 and variance 1, then scaled and shifted: see `applyLayerNorm`. */
export const layerNormContract: Contract<LayerNormInputs, readonly [Tensor], LayerNormAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanLayerNorm',
  outputs: 1,
  reference: {
    forward: layerNormReference,
    save: { outputs: [1, 2, 3] },
    gradient: ({ inputs, outputs }, [dy], attributes) => layerNormGradient(inputs, outputs, dy, attributes),
  },
});
