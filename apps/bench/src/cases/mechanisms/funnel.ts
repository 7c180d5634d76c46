import { type Parameters, scoped } from '@longspan/core-tensor';
import { funnelEncoder } from '@longspan/hierarchical';
import { add, matMul, mul, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';
import { attend, geluTanh, inHeads, joinedHeads, mixed, normed, pairScores, project, seenPairs, table, waves } from './stock.ts';

const { batch, heads, headDim } = checkSizes;
const width = heads * headDim;
const length = 110;

/** Where vectors stand, tokens, and of which segment they are; 2 is <cls>, of the same as all. */
interface Places {
  readonly positions: readonly number[];
  readonly types: readonly number[];
}

const tokens: Places = {
  positions: Array.from({ length }, (_, at) => at),
  types: Array.from({ length }, (_, at) => (at === 0 ? 2 : Number(at > 60))),
};

/** Pairs behind <cls>, without the last token: each stands where its first one stood, <cls> one pair further ahead. */
const pairs: Places = {
  positions: Array.from({ length: length / 2 }, (_, at) => 2 * at - 1),
  types: Array.from({ length: length / 2 }, (_, at) => tokens.types[Math.max(0, 2 * at - 1)] as number),
};
const pooled = (x: Tensor): Tensor => {
  const share = (pair: number, token: number): number => Number(token === 2 * pair - 1 || token === 2 * pair) / 2;
  return mixed(
    table(length / 2, length, (pair, token) => (pair === 0 ? Number(token === 0) : share(pair, token))),
    x,
  );
};

/** A layer of Funnel, post-norm: scores by content, by distance and by segment, the last two not for <cls>. */
function denseLayer(parameters: Parameters, queries: Tensor, q: Places, keys: Tensor, k: Places): Tensor {
  const [nq, nk] = [q.positions.length, k.positions.length];
  const asked = inHeads(project(parameters, 'attention.q_head', queries), heads);
  const biased = (name: string): Tensor => add(asked, reshape(parameters[`attention.${name}`] as Tensor, [1, heads, 1, headDim]));
  const flat = (name: string): Tensor => {
    const each = parameters[`attention.${name}`] as Tensor;
    return reshape(each, [each.shape[0] as number, width]);
  };
  const distance = (query: number, key: number): number => (q.positions[query] as number) - (k.positions[key] as number);
  const rows = waves(
    Array.from({ length: 2 * length + 1 }, (_, row) => row - length),
    width,
  );
  const byDistance = pairScores(biased('r_r_bias'), matMul(rows, flat('r_kernel')), nk, (query, key) => distance(query, key) + length);
  const bySegment = pairScores(biased('r_s_bias'), flat('seg_embed'), nk, (query, key) => {
    const [one, other] = [q.types[query], k.types[key]];
    return Number(one === other || one === 2 || other === 2);
  });
  const notCls = seenPairs(nq, nk, (query, key) => query > 0 && key > 0);
  const out = attend(
    biased('r_w_bias'),
    inHeads(project(parameters, 'attention.k_head', keys), heads),
    inHeads(project(parameters, 'attention.v_head', keys), heads),
    { scores: mul(mul(add(byDistance, bySegment), notCls), 1 / Math.sqrt(headDim)) },
  );
  const attended = project(parameters, 'attention.post_proj', joinedHeads(out));
  const between = normed(parameters, 'attention.layer_norm', add(queries, attended), 1e-9);
  const fed = project(parameters, 'ffn.linear_2', geluTanh(project(parameters, 'ffn.linear_1', between)));
  return normed(parameters, 'ffn.layer_norm', add(between, fed), 1e-9);
}

/** Two blocks, the second over half as many vectors, which ask all of the first. */
export const funnelMechanism: Mechanism = {
  name: 'funnelEncoder, two blocks, separate <cls>',
  against: 'the same layers, dense, a vector for each distance',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const encoder = funnelEncoder({ width, heads, innerWidth: 80, blockSizes: [1, 1] });
    const types = Array.from({ length: batch }, () => [...tokens.types]);
    return layerSides(
      text,
      encoder.init(text.key),
      [slice(text.hidden('hidden', width), [0, 0, 0], [batch, length, width])],
      (parameters, hidden) => encoder.apply(parameters, { hidden, types }),
      (parameters, hidden) => {
        const first = denseLayer(scoped(parameters, 'blocks.0.0'), hidden, tokens, hidden, tokens);
        return [first, denseLayer(scoped(parameters, 'blocks.1.0'), pooled(first), pairs, first, tokens)];
      },
    );
  },
};
