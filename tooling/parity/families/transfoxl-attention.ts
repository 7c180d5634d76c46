import { relativeAttention } from '@longspan/memory-xl';
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
  // The reference is given its mask; ours is given the reach that the mask's last row shows, and must come to the same mask.
  const hidden = values.slice((queries - 1) * keys).indexOf(0);
  const reach = keys - 1 - hidden;
  const ours = Array.from({ length: queries * keys }, (_, at) => {
    const distance = keys - queries + Math.floor(at / keys) - (at % keys);
    return distance >= 0 && distance <= reach ? 0 : 1;
  });
  const ways = blockSizes((blocks) => {
    const layer = relativeAttention({
      width: config.number('d_model'),
      heads: config.number('n_head'),
      headDim: config.number('d_head'),
      norm: config.flag('pre_lnorm') ? 'pre' : 'post',
      epsilon: config.number('layer_norm_epsilon'),
      reach,
      ...blocks,
    });
    return (inputs) => {
      const [memory, r] = [inputs.find('in.mems'), inputs.get('in.r')];
      const given = {
        hidden: turned(inputs.get('in.w')),
        ...(memory === undefined ? {} : { memory: turned(memory) }),
        r: reshape(r, [r.shape[0] as number, -1]),
      };
      return {
        attn_output: turned(layer.apply(inputs.parameters(), given)),
        attn_prob: transpose(dense(layer.weights(inputs.parameters(), given, [...Array(queries).keys()]), keys), [2, 3, 0, 1]),
      };
    };
  });
  return { ways, exact: [{ tensor: 'in.attn_mask', values: ours }] };
};

const turned = (x: Tensor): Tensor => transpose(x, [1, 0, 2]);

/** Weights by key [b, h, queries, keys]; a key of −1 is no key. */
const dense = ({ keys, weights }: { readonly keys: Tensor; readonly weights: Tensor }, count: number): Tensor =>
  sum(mul(oneHot(keys, count), reshape(weights, [...weights.shape, 1])), 3);
