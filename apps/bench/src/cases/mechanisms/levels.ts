import { type Parameters, scoped } from '@longspan/core-tensor';
import { type Groups, hatLayer, levelsOf, levelTransformer, uniformGroups } from '@longspan/hierarchical';
import { add, concat, mul, reshape, slice, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';
import { attendBy, gelu, mixed, normed, project, seenPairs, table } from './stock.ts';
import { groupMeans, wordsOf } from './text-groups.ts';

const { batch, n, heads, headDim } = checkSizes;
const width = heads * headDim;

const reach = 20;
const isOwn = ({ owners }: Groups, group: number, member: number): boolean => owners[member] === group;

/** One unit asks, and what it has heard goes through the feed-forward part. */
function updated(parameters: Parameters, x: Tensor, keys: Tensor, counts: Tensor): Tensor {
  const queries = normed(parameters, 'norm', x);
  const attended = project(parameters, 'attention.out', attendBy(parameters, 'attention.', { queries, keys, heads }, { counts }));
  const between = add(x, attended);
  const inner = gelu(project(parameters, 'feed_forward.inner', normed(parameters, 'feed_forward.norm', between)));
  return add(between, project(parameters, 'feed_forward.outer', inner));
}

/** Sines and cosines in turn of the place of each unit among its parent's children: [units, width]. */
const places = ({ owners, offsets, length }: Groups): Tensor =>
  table(length, width, (unit, column) => {
    const place = unit - (offsets[owners[unit] as number] as number);
    const angle = place / 10_000 ** ((2 * Math.floor(column / 2)) / width);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });

const levelled: Mechanism = {
  name: 'levelTransformer: bytes, words, stretches, text',
  against: 'the same layers, dense, level by level',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const words = wordsOf(text);
    const stretches = uniformGroups(words.count, 7);
    const names = ['byte', 'word', 'stretch', 'text'];
    const levels = levelsOf({ names, offsets: [words.offsets, stretches.offsets, [0, stretches.count]] });
    const layer = levelTransformer({ width, heads, levels: names.length, layers: 1, innerWidth: 80, window: reach });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, { hidden, levels }),
      (parameters, hidden) => {
        const { groups } = levels;
        const means = [hidden];
        for (const each of groups) means.push(mixed(groupMeans(each), means.at(-1) as Tensor));
        const units = means.map((each, level) => {
          const own = slice(parameters['level.weight'] as Tensor, [level, 0], [1, width]);
          return add(level < groups.length ? add(each, places(groups[level] as Groups)) : each, own);
        });
        // Upwards: a unit asks its children, as they are by then, and itself.
        const up = scoped(parameters, 'layers.0.up');
        for (const [at, each] of groups.entries()) {
          const [below, own] = [units[at] as Tensor, units[at + 1] as Tensor];
          const counts = seenPairs(each.count, each.length + each.count, (group, key) =>
            key < each.length ? isOwn(each, group, key) : key - each.length === group,
          );
          units[at + 1] = updated(up, own, concat([normed(up, 'norm', below), normed(up, 'norm', own)], 1), counts);
        }
        // Downwards: a unit asks its siblings, and its parent as it is by then.
        const down = scoped(parameters, 'layers.0.down');
        for (const [at, each] of [...groups.entries()].reverse()) {
          const [own, above] = [units[at] as Tensor, units[at + 1] as Tensor];
          const counts = seenPairs(each.length, each.length + each.count, (unit, key) =>
            key < each.length
              ? each.owners[unit] === each.owners[key] && Math.abs(unit - key) <= reach
              : isOwn(each, key - each.length, unit),
          );
          units[at] = updated(down, own, concat([normed(down, 'norm', own), normed(down, 'norm', above)], 1), counts);
        }
        return units.map((each) => normed(parameters, 'norm', each));
      },
    );
  },
};

const segmentLength = 17;
const segments = n / segmentLength;
/** Row 1 ends with padding inside its last segment. */
const marks = [n, n - 5].map((length) => Int32Array.from({ length: n }, (_, token) => Number(token < length)));

/** A post-norm layer of RoBERTa, dense. */
function roberta(parameters: Parameters, x: Tensor, counts: Tensor): Tensor {
  const attended = project(
    parameters,
    'attention.output.dense',
    attendBy(parameters, 'attention.self.', { queries: x, heads }, { counts }),
  );
  const between = normed(parameters, 'attention.output.LayerNorm', add(x, attended), 1e-12);
  const inner = gelu(project(parameters, 'intermediate.dense', between));
  return normed(parameters, 'output.LayerNorm', add(between, project(parameters, 'output.dense', inner)), 1e-12);
}

const hatted: Mechanism = {
  name: 'hatLayer: within segments, then across, padding',
  against: 'the same two encoders, dense',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = hatLayer({ width, heads, innerWidth: 80, segmentLength, maxSegments: segments }, { sentence: true, document: true });
    const tokens = tensor(
      marks.flatMap((row) => [...row]),
      [batch, 1, 1, n],
    );
    const within = mul(
      seenPairs(n, n, (query, key) => Math.floor(query / segmentLength) === Math.floor(key / segmentLength)),
      tokens,
    );
    const firsts = table(segments, n, (segment, token) => Number(token === segment * segmentLength));
    const others = reshape(
      table(n, 1, (token) => Number(token % segmentLength !== 0)),
      [1, n, 1],
    );
    const back = table(n, segments, (token, segment) => Number(token === segment * segmentLength));
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, { hidden, mask: marks }),
      (parameters, hidden) => {
        const inner = roberta(scoped(parameters, 'sentence_encoder'), hidden, within);
        const placed = slice(parameters['position_embeddings.weight'] as Tensor, [1, 0], [segments, width]);
        const all = seenPairs(segments, segments, () => true);
        const across = roberta(scoped(parameters, 'document_encoder'), add(mixed(firsts, inner), placed), all);
        return add(mul(inner, others), mixed(back, across));
      },
    );
  },
};

/** Attention between the levels of a text. */
export const levelMechanisms: readonly Mechanism[] = [levelled, hatted];
