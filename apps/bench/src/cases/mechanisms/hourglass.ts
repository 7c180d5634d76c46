import { type Parameters, scoped } from '@longspan/core-tensor';
import { hourglass } from '@longspan/hierarchical';
import { add, mul, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';
import { attend, geluTanh, inHeads, joinedHeads, mixed, normed, pairScores, project, seenPairs, table, waves } from './stock.ts';

const { batch, heads, headDim } = checkSizes;
const width = heads * headDim;
/** No multiple of the factor. */
const length = 110;
const factor = 3;
const groups = Math.ceil(length / factor);
/** Members of whole groups. */
const filled = groups * factor;

/** The biases that all layers share. */
interface Biases {
  readonly context: Tensor;
  readonly location: Tensor;
}

/** Who sees whom, and how far the key stands behind the query, tokens. */
interface Places {
  readonly isSeen: (query: number, key: number) => boolean;
  readonly distance: (query: number, key: number) => number;
}

const norm = (parameters: Parameters, name: string, x: Tensor): Tensor => normed(parameters, name, x, 1e-6);

/** Relative attention, n x n. */
function attended(parameters: Parameters, biases: Biases, queries: Tensor, keys: Tensor, { isSeen, distance }: Places): Tensor {
  const part = (name: string, x: Tensor): Tensor => inHeads(project(parameters, `attention.${name}`, x), heads);
  const [q, k, v] = [part('query', queries), part('key', keys), part('value', keys)];
  const [nq, nk] = [queries.shape[1] as number, keys.shape[1] as number];
  const corners = [distance(0, 0), distance(0, nk - 1), distance(nq - 1, 0), distance(nq - 1, nk - 1)];
  const least = Math.min(...corners);
  const rows = waves(
    Array.from({ length: Math.max(...corners) - least + 1 }, (_, row) => least + row),
    width,
  );
  const biased = (bias: Tensor): Tensor => add(q, reshape(bias, [1, heads, 1, headDim]));
  const byDistance = pairScores(
    biased(biases.location),
    project(parameters, 'attention.position', rows),
    nk,
    (query, key) => distance(query, key) - least,
  );
  const out = attend(biased(biases.context), k, v, {
    counts: seenPairs(nq, nk, isSeen),
    scores: mul(byDistance, 1 / Math.sqrt(headDim)),
  });
  return project(parameters, 'attention.out', joinedHeads(out));
}

const fed = (parameters: Parameters, x: Tensor): Tensor =>
  add(x, project(parameters, 'feed_forward.2', geluTanh(project(parameters, 'feed_forward.0', norm(parameters, 'ff_norm', x)))));

/** One layer over vectors that stand for so many tokens each, and a norm. */
function stack(parameters: Parameters, biases: Biases, x: Tensor, tokens: number): Tensor {
  const layer = scoped(parameters, 'layers.0');
  const normal = norm(layer, 'norm', x);
  const places = {
    isSeen: (query: number, key: number) => key <= query,
    distance: (query: number, key: number) => (key - query) * tokens,
  };
  return norm(parameters, 'norm', fed(layer, add(x, attended(layer, biases, normal, normal, places))));
}

const groupOf = (member: number): number => Math.floor(member / factor);

/** Moved right by factor − 1, so that nothing leaks; the means of groups ask all members of their own group and those before. */
function shorten(parameters: Parameters, biases: Biases, x: Tensor): Tensor {
  const shifted = mixed(
    table(filled, length, (to, from) => Number(to === from + factor - 1)),
    x,
  );
  const keys = norm(parameters, 'norm', shifted);
  const means = mixed(
    table(groups, filled, (group, member) => (groupOf(member) === group ? 1 / factor : 0)),
    keys,
  );
  const queries = norm(parameters, 'pooled_norm', means);
  const places = {
    isSeen: (group: number, member: number) => groupOf(member) <= group,
    distance: (group: number, member: number) => member - group * factor,
  };
  return fed(parameters, add(queries, attended(parameters, biases, queries, keys, places)));
}

/** A dense layer makes each group's vector that of its members, which ask their own group and those before. */
function lengthen(parameters: Parameters, biases: Biases, x: Tensor, above: Tensor): Tensor {
  const keys = norm(parameters, 'norm', x);
  const spread = reshape(project(parameters, 'pool.dense', keys), [batch, filled, width]);
  const whole = mixed(
    table(filled, length, (to, from) => Number(to === from)),
    above,
  );
  const queries = add(norm(parameters, 'pooled_norm', spread), whole);
  const places = {
    isSeen: (member: number, group: number) => group <= groupOf(member),
    distance: (member: number, group: number) => group * factor - member,
  };
  return slice(fed(parameters, add(queries, attended(parameters, biases, queries, keys, places))), [0, 0, 0], [batch, length, width]);
}

/** Layers over tokens, over groups of three, and over tokens again. */
export const hourglassMechanism: Mechanism = {
  name: "hourglass '1@3', attention between levels",
  against: 'the same layers, dense, vectors by distance',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = hourglass({ width, heads, innerWidth: 80, vanillaLayers: [1, 1], hierarchy: '1@3' });
    return layerSides(
      text,
      layer.init(text.key),
      [slice(text.hidden('hidden', width), [0, 0, 0], [batch, length, width])],
      (parameters, hidden) => layer.apply(parameters, hidden),
      (parameters, hidden) => {
        const part = (name: string): Parameters => scoped(parameters, name);
        const biases = { context: parameters['context_bias'] as Tensor, location: parameters['location_bias'] as Tensor };
        const first = stack(part('before'), biases, hidden, 1);
        const short = stack(part('valley.before'), biases, shorten(part('valley.shorten'), biases, first), factor);
        const long = norm(part('valley'), 'norm', lengthen(part('valley.lengthen'), biases, short, first));
        return stack(part('after'), biases, add(first, long), 1);
      },
    );
  },
};
