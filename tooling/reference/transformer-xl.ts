import { add, concat, mul, relu, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { inHeads, joinedHeads } from './attention/heads.ts';
import { visibleTokens } from './attention/pairs.ts';
import { relativeScores, sinusoids } from './attention/relative-scores.ts';
import { softmaxAttention } from './attention/softmax-attention.ts';
import { normed } from './layer/layer-norm.ts';
import { linear, project } from './layer/linear.ts';
import { below, type Weights, weightOf } from './layer/weights.ts';
import { upTo } from './numbers/numbers.ts';

// Transformer-XL (Dai et al. 2019, "Attentive Language Models beyond a Fixed-Length Context", arXiv:1901.02860), §3, in the names of
// Hugging Face.

export interface RelativeInputs {
  readonly hidden: Tensor;
  /** What stands before hidden, already computed. */
  readonly memory?: Tensor | undefined;
  /** One row for each distance, that of 0 last; those farther than the table take the first. */
  readonly r: Tensor;
  /** [b or 1, 1, n, memory + n] */
  readonly counts: Tensor;
}

/** The attention layer, post-norm: scores (q + u)·k + (q + v)·r for the r of the pair's distance. */
export function relativeAttention(weights: Weights, { hidden, memory, r, counts }: RelativeInputs): Tensor {
  const all = memory === undefined ? hidden : concat([memory, hidden], 1);
  const remembered = memory?.shape[1] ?? 0;
  const [heads = 0, headDim = 0] = weightOf(weights, 'r_w_bias').shape;
  const part = (at: number, x: Tensor): Tensor => {
    const weight = slice(weightOf(weights, 'qkv_net.weight'), [at * heads * headDim, 0], [heads * headDim, -1]);
    return inHeads(linear(x, weight), heads);
  };
  const [q, k, v] = [part(0, hidden), part(1, all), part(2, all)];
  const biased = (name: string): Tensor => add(q, reshape(weightOf(weights, name), [1, heads, 1, headDim]));
  const last = (r.shape[0] as number) - 1;
  const rowOf = (query: number, key: number): number => Math.min(last, Math.max(0, last - (remembered + query - key)));
  const byDistance = relativeScores(biased('r_r_bias'), project(weights, 'r_net', r), all.shape[1] as number, rowOf);
  const { out } = softmaxAttention(biased('r_w_bias'), k, v, { counts, scores: mul(byDistance, 1 / Math.sqrt(headDim)) });
  return normed(weights, 'layer_norm', add(hidden, project(weights, 'o_net', joinedHeads(out))));
}

/** All layers over a text at once: what reading it in segments, with all of it remembered, must give. */
export function relativeStack(weights: Weights, hidden: Tensor, layers: number): Tensor {
  const [, length = 0, width = 0] = hidden.shape;
  const r = sinusoids(
    upTo(length, (row) => length - 1 - row),
    width,
  );
  const counts = visibleTokens(length, (query, key) => key <= query);
  let x = hidden;
  for (let layer = 0; layer < layers; layer++) {
    x = relativeAttention(below(weights, `layers.${layer}.dec_attn`), { hidden: x, r, counts });
    const feed = below(weights, `layers.${layer}.pos_ff`);
    x = normed(feed, 'layer_norm', add(x, project(feed, 'CoreNet.3', relu(project(feed, 'CoreNet.0', x)))));
  }
  return x;
}
