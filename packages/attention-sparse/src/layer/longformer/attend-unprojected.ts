import { applyLinear, type Lens, mergeHeads } from '@longspan/core-tensor';
import { attentionCall, runAttention, widened } from '@longspan/core-tensor/kernel';
import { weightOf } from '@longspan/core-tensor/layer';
import { matMul, mul, reshape, sum, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Mask } from '../../mask/index.ts';
import { projectToHeads } from '../project-to-heads.ts';

export interface Unprojected {
  readonly caller: string;
  /** Of the layer: `query_global`, `key_global` and `value_global` are read. */
  readonly parameters: Lens<Tensor>;
  readonly heads: number;
  readonly blockSize: number | undefined;
  /** Of the queries of one head after the other. */
  readonly mask: Mask;
}

/**
 * What few global tokens make of all tokens, without a key or a value of each: q · (K x + b) = (Kᵀ q) · x + q · b, whose last term is the
 * same for all keys, which softmax does not see; and Σ p (V x + c) = V Σ p x + c, as the weights p add up to 1. So queries go back through
 * the keys' map, attend to x, and what comes of it goes through the values' map: two maps of a few rows in the place of two of all tokens.
 * @shape queries [b, count, width]; x [b, n, width] -> [b, count, width]
 * @cost O(heads · count · n · width), and no tensor of all tokens
 */
export function attendUnprojected({ caller, parameters, heads, blockSize, mask }: Unprojected, queries: Tensor, x: Tensor): Tensor {
  return tidy(() => {
    const [batch, count, width] = queries.shape as [number, number, number];
    const length = x.shape[1] as number;
    const headDim = width / heads;
    const rows = heads * count;
    const [q] = projectToHeads(parameters, queries, [{ name: 'query_global', heads, headDim }]) as [Tensor];
    // A row for each head, 0 at the features of the others.
    const own = tensor(
      Float32Array.from({ length: heads * heads }, (_, at) => (at % (heads + 1) === 0 ? 1 : 0)),
      [1, heads, 1, heads, 1],
    );
    const apart = reshape(mul(reshape(q, [batch, heads, count, 1, headDim]), own), [batch, rows, width]);
    const keys = weightOf(parameters.below('key_global'), 'weight', [width, width]);
    const back = reshape(matMul(reshape(apart, [batch * rows, width]), 'kind' in keys ? widened(keys) : keys), [batch, 1, rows, width]);
    const tokens = reshape(x, [batch, 1, length, width]);
    const { out } = runAttention(
      attentionCall(caller, back, tokens, tokens, { mask, scale: 1 / Math.sqrt(headDim), queryOffset: 0, blockSize }),
    );
    const values = parameters.below('value_global');
    const mapped = applyLinear(reshape(out, [batch, rows, width]), weightOf(values, 'weight', [width, width]), values.find('bias'));
    return mergeHeads(sum(mul(reshape(mapped, [batch, heads, count, heads, headDim]), own), 3));
  });
}
