import {
  bigBird,
  bigBirdAttention,
  causal,
  denseAttention,
  fixed,
  grid,
  keyPadding,
  keysAt,
  localAttention,
  longformerAttention,
  type Mask,
  mergeHeads,
  perBatch,
  predicate,
  slidingWindow,
  sparseTransformerAttention,
  splitHeads,
  strided,
  swinAttention,
} from '@longspan/attention-sparse';
import { bias, gatherRows, type Parameters, type ScoreTerm } from '@longspan/core-tensor';
import { add, mul, reshape, slice, type Tensor, tensor, transpose } from '@tensorflow/tfjs-core';
import { image, pixels, relativeRow, shift, window } from './image.ts';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { checkSizes, type Mechanism } from './mechanism.ts';
import { project } from './stock.ts';

const { batch, n, heads, headDim } = checkSizes;
const width = heads * headDim;

/** Multi-head self attention, all of it n x n. */
function denseSelfAttention(parameters: Parameters, hidden: Tensor, mask: Mask, suffix = '', score: readonly ScoreTerm[] = []): Tensor {
  const inHeads = (name: string): Tensor => splitHeads(project(parameters, `${name}${suffix}`, hidden), heads);
  return mergeHeads(denseAttention(inHeads('query'), inHeads('key'), inHeads('value'), { mask, score }).out);
}

// Longformer: row 0 has two global tokens, row 1 three and 40 tokens of padding.
const globals = [
  [0, 100],
  [0, 57, 170],
] as const;
const lengths = [n, n - 40] as const;
const marks = lengths.map((length, row) =>
  Int32Array.from({ length: n }, (_, token) => (token >= length ? 0 : globals[row]?.some((position) => position === token) ? 2 : 1)),
);
const marked = (mark: number): Tensor =>
  tensor(
    marks.flatMap((row) => Array.from(row, (each) => (each === mark ? 1 : 0))),
    [batch, n, 1],
  );

const longformer: Mechanism = {
  name: 'longformerAttention',
  against: 'the same layer, dense',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = longformerAttention({ width, heads, window: { left: 40, right: 40 } });
    const visible = keyPadding({ lengths: [...lengths] });
    const local = slidingWindow({ left: 40, right: 40 })
      .or(perBatch(globals.map((positions) => keysAt([...positions]))))
      .and(visible);
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, { hidden, attentionMask: marks }),
      (parameters, hidden) =>
        add(
          mul(denseSelfAttention(parameters, hidden, local), marked(1)),
          mul(denseSelfAttention(parameters, hidden, visible, '_global'), marked(2)),
        ),
    );
  },
};

const bigBirdBlocks = Math.ceil(n / 32);
const drawnBlocks = Array.from({ length: heads }, (_, head) =>
  Array.from({ length: bigBirdBlocks - 2 }, (_, block) => [(block * 5 + head) % bigBirdBlocks, (block + head * 3 + 4) % bigBirdBlocks]),
);

const bigBirdLayer: Mechanism = {
  name: 'bigBirdAttention',
  against: 'the same layer, dense',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = bigBirdAttention({ width, heads, blockSize: 32, randomBlocks: drawnBlocks });
    const mask = bigBird({
      block: 32,
      windowBlocks: 1,
      globalBlocks: [0, bigBirdBlocks - 1],
      randomBlocks: drawnBlocks.map((rows) => [[], ...rows, []]),
    });
    return layerSides(
      text,
      layer.init(text.key),
      [text.hidden('hidden', width)],
      (parameters, hidden) => layer.apply(parameters, { hidden }),
      (parameters, hidden) => denseSelfAttention(parameters, hidden, mask),
    );
  },
};

const swin: Mechanism = {
  name: 'swinAttention, shifted',
  against: 'the same layer, dense',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layer = swinAttention({ width, heads, window, shift });
    const mask = grid(image.height, image.width).shiftedWindows({ window, shift });
    return layerSides(
      text,
      layer.init(text.key),
      [slice(text.hidden('hidden', width), [0, 0, 0], [batch, pixels, width])],
      (parameters, hidden) => layer.apply(parameters, { hidden, grid: image }),
      (parameters, hidden) => {
        const table = gatherRows(parameters['relative_position_bias_table'] as Tensor, tensor(relativeRow, [pixels * pixels], 'int32'));
        const pairs = reshape(transpose(table, [1, 0]), [1, heads, pixels, pixels]);
        return denseSelfAttention(parameters, hidden, mask, '', [bias(pairs)]);
      },
    );
  },
};

const sparseTransformers = [
  { name: 'strided', pattern: { kind: 'strided', stride: 18 }, mask: strided({ stride: 18 }) },
  { name: 'fixed', pattern: { kind: 'fixed', stride: 37, summary: 4 }, mask: fixed({ stride: 37, summary: 4 }) },
] as const;

const sparseTransformerLayers = sparseTransformers.map(
  ({ name, pattern, mask }): Mechanism => ({
    name: `sparseTransformerAttention, ${name}`,
    against: 'the same layer, dense',
    gradientTolerance: weightTolerance,
    prepare(text) {
      const layer = sparseTransformerAttention({ width, heads, pattern });
      return layerSides(
        text,
        layer.init(text.key),
        [text.hidden('hidden', width)],
        (parameters, hidden) => layer.apply(parameters, { hidden }),
        (parameters, hidden) => project(parameters, 'output', denseSelfAttention(parameters, hidden, mask)),
      );
    },
  }),
);

const bucket = 50;
const localLayers = [
  {
    name: 'localAttention, causal',
    config: { bucketSize: bucket, causal: true },
    mask: predicate('buckets', (query, key) => key <= query && Math.floor(query / bucket) - Math.floor(key / bucket) <= 1),
  },
  {
    name: 'localAttention, exact window',
    config: { bucketSize: bucket, causal: true, exactWindow: true },
    mask: slidingWindow({ left: bucket, right: 0 }).and(causal()),
  },
].map(
  ({ name, config, mask }): Mechanism => ({
    name,
    against: 'denseAttention',
    prepare: (text) => ({
      inputs: [text.heads('q', {}), text.heads('k', {}), text.heads('v', {})],
      ours: (query, key, value) => [
        localAttention(config).apply({}, { query: query as Tensor, key: key as Tensor, value: value as Tensor }),
      ],
      reference: (q, k, v) => [denseAttention(q as Tensor, k as Tensor, v as Tensor, { mask }).out],
    }),
  }),
);

/** The layers, parameters' gradients included. */
export const layerMechanisms: readonly Mechanism[] = [longformer, bigBirdLayer, swin, ...sparseTransformerLayers, ...localLayers];
