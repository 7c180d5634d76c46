import type { Tensor } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import { type GatherRowsAttributes, gatherRowsGradient, gatherRowsReference } from './reference.ts';

/** The rows of a table by their index: see `gatherRows`. */
export const gatherRowsContract: Contract<readonly [table: Tensor, ids: Tensor], readonly [Tensor], GatherRowsAttributes> =
  /* @__PURE__ */ defineContract({
    name: 'LongspanGatherRows',
    outputs: 1,
    reference: {
      forward: (inputs, attributes): readonly [Tensor] => [gatherRowsReference(inputs, attributes)],
      save: { inputs: [1] },
      gradient: ({ inputs: [ids] }, [dy], attributes) => [gatherRowsGradient(ids, dy, attributes), null],
    },
  });
