import { add, reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import { asRows, sumOfRows } from '../../tensor/rows.ts';
import { mapRows, rowsGradient, weightGradient } from '../linear/reference.ts';
import {
  gradientsByPlace,
  type HeadProjectionsAttributes,
  type HeadProjectionsInputs,
  type HeadProjectionsOutputs,
  projectionsOf,
} from './call.ts';
import { asHeads, asTokens } from './reference.ts';

/** Linear maps of the same x, the features of each cut into heads: see `applyHeadProjections`. */
export const headProjectionsContract: Contract<HeadProjectionsInputs, HeadProjectionsOutputs, HeadProjectionsAttributes> =
  /* @__PURE__ */ defineContract({
    name: 'LongspanHeadProjections',
    outputs: (_: HeadProjectionsInputs, { heads }: HeadProjectionsAttributes) => heads.length,
    reference: {
      forward: (inputs, attributes): HeadProjectionsOutputs => {
        const [x] = inputs;
        const [batch, length] = x.shape as [number, number];
        return projectionsOf(inputs, attributes).map(({ weight, bias, heads }) => {
          const rows = mapRows(asRows(x), transpose(weight), bias);
          return asHeads(reshape(rows, [batch, length, weight.shape[0] as number]), heads);
        });
      },
      gradientOf: /* @__PURE__ */ gradientsByPlace({
        // The last first, as the tape adds up the gradients of maps that were called one after the other.
        x: ({ inputs }, dys, attributes) =>
          reshape(
            projectionsOf(inputs, attributes)
              .map(({ weight }, at) => rowsGradient(asRows(asTokens(dys[at] as Tensor)), weight))
              .reduceRight((sum, each) => add(sum, each)),
            inputs[0].shape,
          ),
        weight: (x, dy) => weightGradient(asRows(asTokens(dy)), asRows(x)),
        bias: (dy) => sumOfRows(asRows(asTokens(dy))),
      }),
    },
  });
