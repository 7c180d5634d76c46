import { add, mul, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { inHeads, joinedHeads } from './attention/heads.ts';
import { visiblePairs } from './attention/pairs.ts';
import { relativeScores, sinusoids } from './attention/relative-scores.ts';
import { softmaxAttention } from './attention/softmax-attention.ts';
import { geluTanh } from './layer/gelu.ts';
import { normed } from './layer/layer-norm.ts';
import { project } from './layer/linear.ts';
import { below, type Weights, weightOf } from './layer/weights.ts';
import { upTo } from './numbers/numbers.ts';
import { mixed, partMeans, table } from './numbers/table.ts';

// Hourglass (Nawrot et al. 2022, "Hierarchical Transformers Are More Efficient Language Models", arXiv:2110.13711), §2, with one level
// below the tokens, one layer at each, and attention between the levels.

/** The biases that all layers share. */
interface Biases {
  readonly context: Tensor;
  readonly location: Tensor;
}

/** Who attends to whom, and how far the key stands after the query, tokens. */
interface Places {
  readonly isSeen: (query: number, key: number) => boolean;
  readonly distance: (query: number, key: number) => number;
}

const norm = (weights: Weights, name: string, x: Tensor): Tensor => normed(weights, name, x, 1e-6);

/** Relative attention, n x n. */
function attended(weights: Weights, { context, location }: Biases, queries: Tensor, keys: Tensor, { isSeen, distance }: Places): Tensor {
  const [heads = 0, headDim = 0] = context.shape;
  const part = (name: string, x: Tensor): Tensor => inHeads(project(weights, `attention.${name}`, x), heads);
  const [q, k, v] = [part('query', queries), part('key', keys), part('value', keys)];
  const [nq, nk] = [queries.shape[1] as number, keys.shape[1] as number];
  const corners = [distance(0, 0), distance(0, nk - 1), distance(nq - 1, 0), distance(nq - 1, nk - 1)];
  const least = Math.min(...corners);
  const rows = sinusoids(
    upTo(Math.max(...corners) - least + 1, (row) => least + row),
    queries.shape[2] as number,
  );
  const biased = (bias: Tensor): Tensor => add(q, reshape(bias, [1, heads, 1, headDim]));
  const byDistance = relativeScores(
    biased(location),
    project(weights, 'attention.position', rows),
    nk,
    (query, key) => distance(query, key) - least,
  );
  const { out } = softmaxAttention(biased(context), k, v, {
    counts: visiblePairs({ queries: nq, keys: nk }, ({ query, key }) => isSeen(query, key)),
    scores: mul(byDistance, 1 / Math.sqrt(headDim)),
  });
  return project(weights, 'attention.out', joinedHeads(out));
}

const fed = (weights: Weights, x: Tensor): Tensor =>
  add(x, project(weights, 'feed_forward.2', geluTanh(project(weights, 'feed_forward.0', norm(weights, 'ff_norm', x)))));

/** One layer over vectors that stand for so many tokens each, and a norm. */
function stack(weights: Weights, biases: Biases, x: Tensor, tokens: number): Tensor {
  const layer = below(weights, 'layers.0');
  const normal = norm(layer, 'norm', x);
  const places = {
    isSeen: (query: number, key: number) => key <= query,
    distance: (query: number, key: number) => (key - query) * tokens,
  };
  return norm(weights, 'norm', fed(layer, add(x, attended(layer, biases, normal, normal, places))));
}

/** Moved right by factor − 1, so that nothing leaks; the means of groups ask all members of their own group and those before. */
function downsample(weights: Weights, biases: Biases, x: Tensor, factor: number): Tensor {
  const length = x.shape[1] as number;
  const filled = Math.ceil(length / factor) * factor;
  const shifted = mixed(
    table(filled, length, (to, from) => Number(to === from + factor - 1)),
    x,
  );
  const keys = norm(weights, 'norm', shifted);
  const queries = norm(weights, 'pooled_norm', mixed(partMeans(filled, factor), keys));
  const places = {
    isSeen: (group: number, member: number) => Math.floor(member / factor) <= group,
    distance: (group: number, member: number) => member - group * factor,
  };
  return fed(weights, add(queries, attended(weights, biases, queries, keys, places)));
}

/** A dense layer makes each group's vector that of its members, which ask their own group and those before. */
function upsample(weights: Weights, biases: Biases, x: Tensor, above: Tensor, factor: number): Tensor {
  const [batch = 0, length = 0, width = 0] = above.shape;
  const filled = Math.ceil(length / factor) * factor;
  const keys = norm(weights, 'norm', x);
  const spread = reshape(project(weights, 'pool.dense', keys), [batch, filled, width]);
  const whole = mixed(
    table(filled, length, (to, from) => Number(to === from)),
    above,
  );
  const queries = add(norm(weights, 'pooled_norm', spread), whole);
  const places = {
    isSeen: (member: number, group: number) => group <= Math.floor(member / factor),
    distance: (member: number, group: number) => group * factor - member,
  };
  return slice(fed(weights, add(queries, attended(weights, biases, queries, keys, places))), [0, 0, 0], [batch, length, width]);
}

/** A layer over tokens, one over groups of `factor`, and one over tokens again: the hierarchy '1@factor' between single layers. */
export function hourglass(weights: Weights, hidden: Tensor, factor: number): Tensor {
  const part = (name: string): Weights => below(weights, name);
  const biases = { context: weightOf(weights, 'context_bias'), location: weightOf(weights, 'location_bias') };
  const first = stack(part('before'), biases, hidden, 1);
  const short = stack(part('inner.before'), biases, downsample(part('inner.downsample'), biases, first, factor), factor);
  const long = norm(part('inner'), 'norm', upsample(part('inner.upsample'), biases, short, first, factor));
  return stack(part('after'), biases, add(first, long), 1);
}
