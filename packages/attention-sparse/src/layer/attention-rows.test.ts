import { type AttentionRows, createKey, type Layer, type LayerContext, type LayerOutput, normal, padding } from '@longspan/core-tensor';
import { attentionOf, hiddenOf } from '@longspan/core-tensor/layer';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { dispose, grads, sum, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { causal, slidingWindow } from '../mask/index.ts';
import { bigBirdAttention } from './bigbird/bigbird-attention.ts';
import { longformerAttention } from './longformer/longformer-attention.ts';
import { multiHeadAttention } from './multi-head/multi-head.ts';
import { swinAttention } from './swin/swin-attention.ts';
import { swinV2Attention } from './swin/swin-v2-attention.ts';

// Fewer tokens than features of a head, so that the values have full rank: rows that give the layer's output are its softmax.
const [batch, heads, n, headDim] = [2, 4, 6, 7];
const width = heads * headDim;
const everyQuery = Array.from({ length: n }, (_, at) => at);
const close = { atol: 2e-5, rtol: 1e-4 };

type Attention = Layer<LayerContext, LayerOutput>;
type Table = readonly number[][][][];

const lively = (layer: Attention) =>
  Object.fromEntries(
    Object.entries(layer.spec).map(([name, { shape }]) => [name, normal(createKey(name), [...shape], { standardDeviation: 0.4 })]),
  );

/** [b, h, queries, keys], 0 where a query does not attend. */
async function tableOf(rows: AttentionRows, keyCount: number): Promise<Table> {
  const { keys, weights } = rows[''] as AttentionRows[string];
  const [at, shares] = [(await keys.array()) as number[][][][], (await weights.array()) as number[][][][]];
  return at.map((ofBatch, b) =>
    ofBatch.map((ofHead, h) =>
      ofHead.map((ofQuery, i) => {
        const row = new Array<number>(keyCount).fill(0);
        ofQuery.forEach((key, w) => {
          if (key >= 0) row[key] = (row[key] as number) + (shares[b]?.[h]?.[i]?.[w] as number);
        });
        return row;
      }),
    ),
  );
}

/** x · weightᵀ + bias: [b, n, out], by plain loops. */
async function projected(x: Tensor, weight: Tensor, bias: Tensor | undefined): Promise<number[][][]> {
  const [rows, matrix] = [(await x.array()) as number[][][], (await weight.array()) as number[][]];
  const added = bias === undefined ? undefined : await bias.data();
  return rows.map((each) =>
    each.map((token) => matrix.map((row, f) => row.reduce((s, w, at) => s + w * (token[at] as number), added?.[f] ?? 0))),
  );
}

const mixed = (table: Table, values: readonly number[][][], group: number): number[] =>
  table.flatMap((ofBatch, b) => {
    const queries = (ofBatch[0] as number[][]).length;
    return Array.from({ length: queries }, (_, i) =>
      ofBatch.flatMap((ofHead, h) =>
        Array.from({ length: headDim }, (_, d) =>
          (ofHead[i] as number[]).reduce((s, w, j) => s + w * (values[b]?.[j]?.[Math.floor(h / group) * headDim + d] as number), 0),
        ),
      ),
    ).flat();
  });

const padded = padding([
  [1, 1, 1, 1, 1, 1],
  [0, 1, 1, 1, 1, 0],
]);

onBackends('rows of the softmax of a layer', () => {
  it.each<[string, () => object, object]>([
    ['every key', () => multiHeadAttention({ width, heads, output: false }), {}],
    ['padding', () => multiHeadAttention({ width, heads, output: false }), { padding: padded }],
    ['a causal mask', () => multiHeadAttention({ width, heads, output: false, mask: causal() }), {}],
    ['grouped heads', () => multiHeadAttention({ width, heads, keyHeads: 2, output: false }), { padding: padded }],
    ['rotary positions', () => multiHeadAttention({ width, heads, headDim, output: false, rotary: { style: 'half', rotaryDim: 6 } }), {}],
    [
      "T5's bias",
      () =>
        multiHeadAttention({ width, heads, output: false, scale: 1, relativeBias: { buckets: 8, maxDistance: 16, bidirectional: true } }),
      {},
    ],
    ['ALiBi', () => multiHeadAttention({ width, heads, output: false, alibi: true, mask: slidingWindow({ left: 3, right: 0 }) }), {}],
    [
      'BigBird',
      () => bigBirdAttention({ width, heads, blockSize: 2, randomBlocks: { key: createKey(3), perQueryBlock: 1 } }),
      { padding: padded },
    ],
  ])('give its output again: %s', async (_, make, context) => {
    const layer = make() as Attention;
    const parameters = lively(layer);
    const x = normal(createKey('x'), [batch, n, width]);
    const plain = layer.apply(parameters, x, context) as Tensor;
    const output = layer.apply(parameters, x, { ...context, attentionWeights: { queries: everyQuery } });
    expectClose(await hiddenOf(output).data(), await plain.data(), { atol: 0, rtol: 0 });
    const table = await tableOf(attentionOf(output).attentionWeights as AttentionRows, n);
    const values = await projected(x, parameters['value.weight'] as Tensor, parameters['value.bias']);
    expectClose(mixed(table, values, width / (values[0]?.[0]?.length as number)), await plain.data(), close);
    const some = layer.apply(parameters, x, { ...context, attentionWeights: { queries: [4, 1], heads: [2], layers: [0] } });
    const picked = await tableOf(attentionOf(some).attentionWeights as AttentionRows, n);
    expect(picked).toEqual(table.map((ofBatch) => [[ofBatch[2]?.[4], ofBatch[2]?.[1]]]));
    dispose([parameters, x, plain, output as object, some as object] as never);
  });

  it('equal a dense softmax', async () => {
    const layer = multiHeadAttention({ width, heads, output: false }) as Attention;
    const parameters = lively(layer);
    const x = normal(createKey('x'), [batch, n, width]);
    const output = layer.apply(parameters, x, { padding: padded, attentionWeights: { queries: everyQuery } } as LayerContext);
    const table = await tableOf(attentionOf(output).attentionWeights as AttentionRows, n);
    const [q, k] = await Promise.all(
      ['query', 'key'].map((name) => projected(x, parameters[`${name}.weight`] as Tensor, parameters[`${name}.bias`])),
    );
    for (const [b, ofBatch] of table.entries()) {
      for (const [h, ofHead] of ofBatch.entries()) {
        for (const [i, row] of ofHead.entries()) {
          const scores = everyQuery.map((j) =>
            padded.isToken(b, j)
              ? Array.from({ length: headDim }, (_, d) => h * headDim + d).reduce(
                  (s, f) => s + ((q?.[b]?.[i]?.[f] as number) * (k?.[b]?.[j]?.[f] as number)) / Math.sqrt(headDim),
                  0,
                )
              : Number.NEGATIVE_INFINITY,
          );
          const top = Math.max(...scores);
          const exps = scores.map((score) => Math.exp(score - top));
          const total = exps.reduce((s, each) => s + each, 0);
          expectClose(
            row,
            exps.map((each) => each / total),
            { atol: 1e-6, rtol: 1e-5 },
          );
        }
      }
    }
    dispose([parameters, x, output as object] as never);
  });

  it("are those of Longformer's global tokens where a query is one, by its own projections", async () => {
    const layer = longformerAttention({ width, heads, window: { left: 1, right: 1 } }) as Attention;
    const parameters = lively(layer);
    const x = normal(createKey('x'), [batch, n, width]);
    const globals = [[0, 3], [4]];
    const context = { globals, padding: padded } as LayerContext;
    const plain = layer.apply(parameters, x, context) as Tensor;
    const output = layer.apply(parameters, x, { ...context, attentionWeights: { queries: everyQuery } });
    const table = await tableOf(attentionOf(output).attentionWeights as AttentionRows, n);
    const [near, all] = await Promise.all(
      ['value', 'value_global'].map((name) => projected(x, parameters[`${name}.weight`] as Tensor, parameters[`${name}.bias`])),
    );
    const [local, global] = [mixed(table, near as number[][][], 1), mixed(table, all as number[][][], 1)];
    const expected = local.map((each, at) => {
      const [b, i] = [Math.floor(at / (n * width)), Math.floor(at / width) % n];
      return globals[b]?.includes(i) ? (global[at] as number) : each;
    });
    expectClose(await plain.data(), expected, close);
    expect(table[0]?.[0]?.[3]?.every((weight) => weight > 0)).toBe(true);
    const one = layer.apply(parameters, x, { ...context, attentionWeights: { queries: [3], heads: [1] } });
    expect(await tableOf(attentionOf(one).attentionWeights as AttentionRows, n)).toEqual(table.map((ofBatch) => [[ofBatch[1]?.[3]]]));
    dispose([parameters, x, plain, output as object, one as object] as never);
  });

  it.each<[string, () => object]>([
    ['swinAttention', () => swinAttention({ width, heads, windowSide: 2, shift: 1 })],
    ['swinV2Attention', () => swinV2Attention({ width, heads, windowSide: 2, shift: 1 })],
  ])('%s gives them by places in the image', async (_, make) => {
    const layer = make() as Attention;
    const parameters = lively(layer);
    const x = normal(createKey('x'), [batch, 8, width]);
    const queries = Array.from({ length: 8 }, (_, at) => at);
    const context = { grid: { height: 2, width: 4 } } as LayerContext;
    const output = layer.apply(parameters, x, { ...context, attentionWeights: { queries } });
    const table = await tableOf(attentionOf(output).attentionWeights as AttentionRows, 8);
    const values = await projected(x, parameters['value.weight'] as Tensor, parameters['value.bias']);
    expectClose(mixed(table, values, 1), await hiddenOf(output).data(), close);
    dispose([parameters, x, output as object] as never);
  });

  it('leave no tensor behind, nor do they stand in the way of gradients', async () => {
    const layer = longformerAttention({ width, heads, window: { left: 1, right: 1 } }) as Attention;
    const parameters = lively(layer);
    const x = normal(createKey('x'), [batch, n, width]);
    const context = { globals: [0] } as LayerContext;
    const asked = { ...context, attentionWeights: { queries: [0, 2], heads: [1, 0] } };
    const none = { tensors: 0, buffers: 0 };
    const tensorsOf = (output: LayerOutput): Tensor[] => [
      hiddenOf(output),
      ...Object.values(attentionOf(output).attentionWeights ?? {}).flatMap(({ keys, weights }) => [keys, weights]),
    ];
    expect(await leaked(() => tensorsOf(layer.apply(parameters, x, asked)))).toEqual(none);
    const gradient = (of: LayerContext) => grads((each: Tensor) => sum(hiddenOf(layer.apply(parameters, each, of))))([x]);
    expect(await leaked(() => gradient(asked))).toEqual(none);
    const [[plain], [looked]] = [gradient(context), gradient(asked)] as [[Tensor], [Tensor]];
    expect(await looked.data()).toEqual(await plain.data());
    dispose([parameters, x, plain, looked] as never);
  });

  it('are refused where a query, a head or an attention is not there', () => {
    const layer = multiHeadAttention({ width, heads }) as Attention;
    const parameters = layer.init(createKey(0));
    const x = normal(createKey('x'), [1, n, width]);
    const ask = (attentionWeights: object) => () => layer.apply(parameters, x, { attentionWeights } as LayerContext);
    expect(ask({ queries: [n] })).toThrow('queries must be indices of q.');
    expect(ask({ queries: [0], heads: [heads] })).toThrow('heads must be heads of the attention.');
    expect(ask({ queries: [0], layers: [1] })).toThrow('context.attentionWeights.layers must name attentions.');
    expect(ask({ queries: [0], head: [1] })).toThrow('did you mean heads?');
    dispose([parameters, x] as never);
  });
});
