import type { GraphWeight } from './graph-model.ts';

// A Universal Sentence Encoder of the smallest kind: its graph's weights, and its vectors token by token in plain loops.

const sizes = { vocabulary: 9, embedding: 4, hidden: 8, inner: 12, output: 6, heads: 2, layers: 2, epsilon: 1e-6 };

/** Between -1 and 1, the same at every run. */
const drawn = (seed: number): number => Math.sin(seed * 12.9898 + 4.1) * 0.9;

const at = (layer: number): string => `module_apply_default/Encoder_en/KonaTransformer/Encode/Layer_${layer}/TransformerLayer`;
const stacked = (layer: number): string => `module_apply_default/Encoder_en/KonaTransformer/Encode/TransformerStack/Layer_${layer}`;
const folded = 'ConcatPartitions/concat';

/** The names and shapes of the lite model's graph, in other sizes. */
const shapes: Readonly<Record<string, readonly number[]>> = {
  'module/Embeddings_en': [sizes.vocabulary, sizes.embedding],
  'module/Encoder_en/hidden_layers/tanh_layer_0/weights': [sizes.hidden, sizes.output],
  'module/Encoder_en/hidden_layers/tanh_layer_0/bias': [sizes.output],
  [`${at(0)}/dense/kernel/${folded}`]: [sizes.embedding, sizes.hidden],
  [`${at(0)}/dense/bias/${folded}`]: [sizes.hidden],
  ...Object.assign(
    {},
    ...Array.from({ length: sizes.layers }, (_, layer) => shapesOf(layer, layer === 0 ? sizes.embedding : sizes.hidden)),
  ),
};

function shapesOf(layer: number, width: number): object {
  const [own, stack] = [at(layer), `${stacked(layer)}/TransformerLayer`];
  const attention = `module/Encoder_en/KonaTransformer/Encode/Layer_${layer}/TransformerLayer/MultiheadAttention`;
  const norm = (place: string, size: number) => ({
    [`${place}/layer_prepostprocess/layer_norm/layer_norm_scale/${folded}`]: [size],
    [`${place}/layer_prepostprocess/layer_norm/layer_norm_bias/${folded}`]: [size],
  });
  return {
    ...norm(own, width),
    ...norm(`${own}/FFN`, sizes.hidden),
    [`${attention}/qkv_transform_single/kernel/part_0`]: [1, 1, width, 3 * width],
    [`${own}/MultiheadAttention/qkv_transform_single/bias/${folded}`]: [3 * width],
    [`${attention}/output_transform_single/kernel/part_0`]: [1, 1, width, sizes.hidden],
    [`${own}/MultiheadAttention/output_transform_single/bias/${folded}`]: [sizes.hidden],
    [`${stack}/FFN/conv1/Tensordot/Reshape_1`]: [sizes.hidden, sizes.inner],
    [`${own}/FFN/conv1/bias/${folded}`]: [sizes.inner],
    [`${stack}/FFN/conv2/Tensordot/Reshape_1`]: [sizes.inner, sizes.hidden],
    [`${own}/FFN/conv2/bias/${folded}`]: [sizes.hidden],
  };
}

const values: ReadonlyMap<string, Float32Array> = new Map(
  Object.entries(shapes).map(([name, shape], place) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return [name, Float32Array.from({ length: count }, (_, index) => drawn(place * 1000 + index))] as const;
  }),
);

const constant = (name: string, value: number, dtype = 'int32'): GraphWeight => ({ name, shape: [], dtype, values: [value] });

/** The weights with the constants that a graph has among them. */
export const smallGraph: readonly GraphWeight[] = [
  constant(`${stacked(0)}/TransformerLayer/MultiheadAttention/split_heads/split_last_dimension/Reshape/shape/2`, sizes.heads),
  ...[...values].map(([name, numbers]) => ({ name, shape: shapes[name] as readonly number[], values: numbers })),
  constant(`${stacked(1)}/TransformerLayer/FFN/layer_prepostprocess/layer_norm/Cast/x`, sizes.epsilon, 'float32'),
  { name: `${stacked(0)}/AddTimingSignal/TimingSignal/ExpandDims_1`, shape: [1, sizes.embedding / 2], values: [1, 1e-4] },
];

type Rows = readonly (readonly number[])[];

const weight = (name: string): Float32Array => values.get(name) as Float32Array;

/** x · W + b, W as the graph has it: [in, out]. */
function product(x: Rows, name: string, bias: string): Rows {
  const [w, b] = [weight(name), weight(bias)];
  return x.map((row) =>
    Array.from(b, (start, out) => row.reduce((sum, value, place) => sum + value * (w[place * b.length + out] as number), start)),
  );
}

function norm(x: Rows, place: string): Rows {
  const [scale, bias] = ['scale', 'bias'].map((part) => weight(`${place}/layer_prepostprocess/layer_norm/layer_norm_${part}/${folded}`));
  return x.map((row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
    return row.map(
      (value, index) => ((scale?.[index] as number) * (value - mean)) / Math.sqrt(variance + sizes.epsilon) + (bias?.[index] as number),
    );
  });
}

const added = (a: Rows, b: Rows): Rows => a.map((row, index) => row.map((value, place) => value + (b[index]?.[place] as number)));

function attention(x: Rows, layer: number): Rows {
  const module = `module/Encoder_en/KonaTransformer/Encode/Layer_${layer}/TransformerLayer/MultiheadAttention`;
  const bias = (name: string) => `${at(layer)}/MultiheadAttention/${name}_transform_single/bias/${folded}`;
  const width = x[0]?.length as number;
  const qkv = product(x, `${module}/qkv_transform_single/kernel/part_0`, bias('qkv'));
  const size = width / sizes.heads;
  const merged = qkv.map((query) =>
    Array.from({ length: sizes.heads }, (_, head) => {
      const part = (row: readonly number[], which: number) => row.slice(which * width + head * size, which * width + (head + 1) * size);
      const scores = qkv.map(
        (key) => part(query, 0).reduce((sum, value, place) => sum + value * (part(key, 1)[place] as number), 0) / Math.sqrt(size),
      );
      const most = Math.max(...scores);
      const shares = scores.map((score) => Math.exp(score - most));
      const total = shares.reduce((sum, share) => sum + share, 0);
      return Array.from({ length: size }, (__, place) =>
        qkv.reduce((sum, key, index) => sum + ((shares[index] as number) / total) * (part(key, 2)[place] as number), 0),
      );
    }).flat(),
  );
  return product(merged, `${module}/output_transform_single/kernel/part_0`, bias('output'));
}

/** The vector of one text. */
export function smallVector(ids: readonly number[]): readonly number[] {
  const table = weight('module/Embeddings_en');
  let x: Rows = ids.map((id, position) => {
    const word = Array.from(table.slice(id * sizes.embedding, (id + 1) * sizes.embedding));
    const timing = [Math.sin(position), Math.sin(position * 1e-4), Math.cos(position), Math.cos(position * 1e-4)];
    return word.map((value, place) => value + (value + (timing[place] as number)));
  });
  for (let layer = 0; layer < sizes.layers; layer++) {
    const residual = layer === 0 ? product(x, `${at(0)}/dense/kernel/${folded}`, `${at(0)}/dense/bias/${folded}`) : x;
    const between = added(residual, attention(norm(x, at(layer)), layer));
    const map = (rows: Rows, which: number) =>
      product(
        rows,
        `${stacked(layer)}/TransformerLayer/FFN/conv${which}/Tensordot/Reshape_1`,
        `${at(layer)}/FFN/conv${which}/bias/${folded}`,
      );
    const inner = map(norm(between, `${at(layer)}/FFN`), 1).map((row) => row.map((value) => Math.max(0, value)));
    x = added(between, map(inner, 2));
  }
  const mean = [Array.from({ length: sizes.hidden }, (_, place) => x.reduce((sum, row) => sum + (row[place] as number), 0) / x.length)];
  const start = 'module/Encoder_en/hidden_layers/tanh_layer_0';
  const mapped = (product(mean, `${start}/weights`, `${start}/bias`)[0] as readonly number[]).map(Math.tanh);
  const length = Math.sqrt(mapped.reduce((sum, value) => sum + value ** 2, 0));
  return mapped.map((value) => value / length);
}
