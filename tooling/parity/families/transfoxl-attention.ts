import { applyLayerNorm } from '@longspan/core-tensor';
import { memoryAttention, relativeAttention } from '@longspan/memory-xl';
import { mul, oneHot, reshape, sum, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { stored, valuesOf } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { blockSizes } from './way.ts';

/** Transformer-XL's attention layer over memory and segment; the reference is time first, ours is batch first. */
export const transfoxlAttention: Family = (fixture) => {
  const { config } = fixture;
  const mask = stored(fixture, 'in.attn_mask');
  const { shape, values } = valuesOf(mask);
  const [queries, keys] = shape as [number, number];
  // The reference is given its mask; ours is given the window that the mask's last row shows, and must come to the same mask.
  const hidden = values.slice((queries - 1) * keys).indexOf(0);
  const left = keys - 1 - hidden;
  const ours = Array.from({ length: queries * keys }, (_, at) => {
    const distance = keys - queries + Math.floor(at / keys) - (at % keys);
    return distance >= 0 && distance <= left ? 0 : 1;
  });
  const ways = blockSizes((blocks) => {
    const sizes = {
      width: config.number('d_model'),
      heads: config.number('n_head'),
      headDim: config.number('d_head'),
      window: { left },
      ...blocks,
    };
    const isPre = config.flag('pre_lnorm');
    const epsilon = config.number('layer_norm_epsilon');
    const layer = memoryAttention({ ...sizes, normalization: isPre ? 'pre' : 'post', epsilon, memoryLength: 0 });
    const attention = relativeAttention(sizes);
    return (inputs) => {
      const parameters = inputs.parameters();
      const [mems, encodings] = [inputs.find('in.mems'), inputs.get('in.r')];
      const [x, memory] = [turned(inputs.get('in.w')), mems && turned(mems)];
      const r = reshape(encodings, [encodings.shape[0] as number, -1]);
      const lengths = Array.from({ length: x.shape[0] as number }, (_, row) => [`lengths.${row}`, memory?.shape[1] ?? 0] as const);
      const state = memory === undefined ? {} : { memory, ...Object.fromEntries(lengths) };
      const normed = (each: Tensor): Tensor =>
        isPre ? applyLayerNorm(each, parameters['layer_norm.weight'], parameters['layer_norm.bias'], epsilon) : each;
      const weights = attention.weights.apply(parameters, normed(x), {
        r,
        memory: memory && normed(memory),
        queries: [...Array(queries).keys()],
      });
      return {
        attn_output: turned(layer.apply(parameters, x, { r, state }).hidden),
        attn_prob: transpose(dense(weights, keys), [2, 3, 0, 1]),
      };
    };
  });
  return { ways, exact: [{ tensor: 'in.attn_mask', values: ours }] };
};

const turned = (x: Tensor): Tensor => transpose(x, [1, 0, 2]);

/** Weights by key [b, h, queries, keys]; a key of −1 is no key. */
const dense = ({ keys, hidden }: { readonly keys: Tensor; readonly hidden: Tensor }, count: number): Tensor =>
  sum(mul(oneHot(keys, count), reshape(hidden, [...hidden.shape, 1])), 3);
