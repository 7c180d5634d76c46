import type { Tensor } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import type { FeedForwardAttributes, FeedForwardInputs } from './call.ts';
import { feedForwardGradient } from './gradient.ts';
import { feedForwardReference } from './reference.ts';

/** Two linear maps with an activation between them, in chunks of rows: see `applyFeedForward`. */
export const feedForwardContract: Contract<FeedForwardInputs, readonly [Tensor], FeedForwardAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanFeedForward',
  outputs: 1,
  reference: {
    forward: (inputs, attributes): readonly [Tensor] => [feedForwardReference(inputs, attributes)],
    save: { inputs: [0, 1, 2, 3] },
    gradient: ({ inputs }, [dy], attributes) => feedForwardGradient(inputs, dy, attributes),
  },
});
