import { funnelEncoder } from '@longspan/hierarchical';
import { below, type FunnelPlaces, funnelLayer, funnelPooled, funnelPooledPlaces, upTo } from '@longspan/tooling/reference';
import { slice } from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';

const { batch, heads, headDim } = checkSizes;
const width = heads * headDim;
const length = 110;

const rules = { keepCls: true, truncate: true } as const;
const tokens: FunnelPlaces = {
  positions: upTo(length, (at) => at),
  types: upTo(length, (at) => (at === 0 ? 2 : Number(at > 60))),
};

/** Two blocks, the second over half as many vectors, which ask all of the first. */
export const funnelMechanism: Mechanism = {
  name: 'funnelEncoder, two blocks, separate <cls>',
  against: 'the same layers, dense, a vector for each distance',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const encoder = funnelEncoder({ width, heads, innerWidth: 80, blockSizes: [1, 1] });
    const tokenTypes = Array.from({ length: batch }, () => [...tokens.types]);
    const pairs = funnelPooledPlaces(tokens, rules);
    return layerSides(
      text,
      encoder.init(text.key),
      [slice(text.hidden('hidden', width), [0, 0, 0], [batch, length, width])],
      (parameters, hidden) => encoder.apply(parameters, hidden, { tokenTypes }).states,
      (parameters, hidden) => {
        const first = funnelLayer(below(parameters, 'blocks.0.0'), { queries: hidden, q: tokens, keys: hidden, k: tokens }, rules);
        const queries = funnelPooled(first, rules);
        return [first, funnelLayer(below(parameters, 'blocks.1.0'), { queries, q: pairs, keys: first, k: tokens }, rules)];
      },
    );
  },
};
