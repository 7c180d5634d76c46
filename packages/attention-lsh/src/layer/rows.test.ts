import {
  type AttentionRows,
  createKey,
  type Layer,
  type LayerContext,
  type LayerOutput,
  normal,
  padding,
  splitHeads,
} from '@longspan/core-tensor';
import { attentionOf, hiddenOf, stateOf } from '@longspan/core-tensor/layer';
import { expectClose, leaked, mixedByRows, onBackends } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, matMul, reshape, slice, type Tensor, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { reformerAttention } from './reformer-attention.ts';
import { reformerLocalAttention } from './reformer-local-attention.ts';

// Fewer tokens than features of a head: rows that give the layer's output are its softmax.
const [batch, heads, n, headDim, width] = [2, 2, 11, 13, 5] as const;
const close = { atol: 2e-5, rtol: 1e-4 };
const every = Array.from({ length: n }, (_, at) => at);
const padded = padding([every.map(() => 1), every.map((at) => (at < 8 ? 1 : 0))]);

type Attention = Layer<LayerContext, LayerOutput>;

const lively = (layer: Attention) =>
  Object.fromEntries(
    Object.entries(layer.spec).map(([name, { shape }]) => [name, normal(createKey(name), [...shape], { standardDeviation: 0.6 })]),
  );
const rowsOf = (output: LayerOutput) => (attentionOf(output).attentionWeights as AttentionRows)[''] as AttentionRows[string];
const projected = (x: Tensor, weight: Tensor): Tensor =>
  tidy(() => {
    const [rows, length] = x.shape as [number, number];
    return splitHeads(reshape(matMul(reshape(x, [-1, width]), weight, false, true), [rows, length, heads * headDim]), heads);
  });
/** [b, h, queries, dv], flat, as the layer gives it. */
const merged = (mixed: readonly number[], queries: number): Float32Array | Promise<Float32Array> =>
  tidy(() => reshape(transpose(tensor([...mixed], [batch, heads, queries, headDim]), [0, 2, 1, 3]), [-1])).data<'float32'>();

const sizes = { width, heads, headDim };
const hashed = { ...sizes, chunkLength: 3, rounds: 3, bucketCount: 4, hashKey: createKey('hash') };

onBackends('rows of the softmax of', () => {
  it.each<[string, () => object, LayerContext]>([
    ['reformerAttention', () => reformerAttention(hashed), {}],
    ['it, causal', () => reformerAttention({ ...hashed, causal: true }), {}],
    ['it, with padding', () => reformerAttention({ ...hashed, chunksAfter: 1 }), { padding: padded } as LayerContext],
    ['it, within one chunk', () => reformerAttention({ ...hashed, chunkLength: 16, causal: true }), {}],
    ['reformerLocalAttention', () => reformerLocalAttention({ ...sizes, chunkLength: 4, chunksAfter: 1 }), {}],
    [
      'it, causal, with padding',
      () => reformerLocalAttention({ ...sizes, chunkLength: 4, causal: true }),
      { padding: padded } as LayerContext,
    ],
    ['it, around the circle', () => reformerLocalAttention({ ...sizes, chunkLength: 6, chunksBefore: 2, chunksAfter: 2 }), {}],
  ])('%s give its output again', async (_, make, context) => {
    const layer = make() as Attention;
    const parameters = lively(layer);
    const x = normal(createKey('x'), [batch, n, width]);
    const plain = layer.apply(parameters, x, context);
    const output = layer.apply(parameters, x, { ...context, attentionWeights: { queries: every } });
    expect(await hiddenOf(output).data()).toEqual(await hiddenOf(plain).data());
    const values = projected(x, parameters['value.weight'] as Tensor);
    // Positions of padding hold numbers that mean nothing.
    const isToken = (at: number) =>
      !('padding' in context) || padded.isToken(Math.floor(at / (n * heads * headDim)), Math.floor(at / (heads * headDim)) % n);
    const found = await merged(await mixedByRows(rowsOf(output), values), n);
    const expected = await hiddenOf(plain).data();
    expectClose(
      found.filter((_, at) => isToken(at)),
      expected.filter((_, at) => isToken(at)),
      close,
    );
    const some = layer.apply(parameters, x, { ...context, attentionWeights: { queries: [7, 2], heads: [1] } });
    const [few, all] = [(await rowsOf(some).weights.array()) as number[][][][], (await rowsOf(output).weights.array()) as number[][][][]];
    expectClose(
      few.flat(3),
      all.flatMap((row) => [...(row[1]?.[7] ?? []), ...(row[1]?.[2] ?? [])]),
      { atol: 1e-6, rtol: 1e-5 },
    );
    expect(() => layer.apply(parameters, x, { ...context, attentionWeights: { queries: [n] } })).toThrow('queries must be indices of q.');
    dispose([parameters, x, plain as object, output as object, some as object, values] as never);
  });

  it('reformerAttention count each meeting of all rounds, as the definition does', async () => {
    const layer = reformerAttention(hashed) as object as Attention;
    const parameters = lively(layer);
    const length = 9; // whole chunks
    const x = normal(createKey('x'), [batch, length, width]);
    const queries = Array.from({ length }, (_, at) => at);
    const output = layer.apply(parameters, x, { attentionWeights: { queries } });
    const buckets = (await (stateOf(output)['buckets'] as Tensor).array()) as number[][][][];
    const counts = (await reference
      .lshMeetings(buckets, { chunkLength: 3, chunksBefore: 1, chunksAfter: 0, causal: false })
      .array()) as number[][][][];
    const queryKey = projected(x, parameters['query_key.weight'] as Tensor);
    const vectors = (await queryKey.array()) as number[][][][];
    const { keys, weights } = rowsOf(output);
    const [at, shares] = [(await keys.array()) as number[][][][], (await weights.array()) as number[][][][]];
    vectors.forEach((ofBatch, b) => {
      ofBatch.forEach((ofHead, h) => {
        ofHead.forEach((query, i) => {
          const terms = ofHead.map((key, j) => {
            const norm = Math.sqrt(key.reduce((sum, each) => sum + each * each, 0) / headDim + 1e-6) * Math.sqrt(headDim);
            const score = query.reduce((sum, each, d) => sum + (each * (key[d] as number)) / norm, 0);
            return (counts[b]?.[h]?.[i]?.[j] as number) * Math.exp(score);
          });
          const total = terms.reduce((sum, each) => sum + each, 0);
          const row = new Array<number>(length).fill(0);
          at[b]?.[h]?.[i]?.forEach((key, w) => {
            if (key >= 0) row[key] = shares[b]?.[h]?.[i]?.[w] as number;
          });
          expectClose(
            row,
            terms.map((each) => each / total),
            { atol: 1e-5, rtol: 1e-4 },
          );
          expect(at[b]?.[h]?.[i]?.filter((key) => key >= 0)).toEqual(terms.flatMap((each, key) => (each > 0 ? [key] : [])));
        });
      });
    });
    dispose([parameters, x, output as object, queryKey] as never);
  });

  it.each<[string, object]>([
    ['reformerAttention', reformerAttention({ ...hashed, causal: true, cache: true })],
    ['reformerLocalAttention', reformerLocalAttention({ ...sizes, chunkLength: 4, causal: true, cache: true })],
  ])('%s go on with a cache, and leave no tensor behind', async (_, made) => {
    const layer = made as Attention;
    const parameters = lively(layer);
    const x = normal(createKey('x'), [batch, n, width]);
    const [start, rest] = [slice(x, [0, 0, 0], [-1, n - 3, -1]), slice(x, [0, n - 3, 0], [-1, 3, -1])];
    const first = layer.apply(parameters, start);
    const next = (): LayerOutput => layer.apply(parameters, rest, { state: stateOf(first), attentionWeights: { queries: [0, 1, 2] } });
    const output = next();
    const values = projected(x, parameters['value.weight'] as Tensor);
    expectClose(await merged(await mixedByRows(rowsOf(output), values), 3), await hiddenOf(output).data(), close);
    const left = await leaked(() => {
      const again = next();
      const { keys, weights } = rowsOf(again);
      return [hiddenOf(again), keys, weights, ...Object.values(stateOf(again)).filter((each): each is Tensor => typeof each === 'object')];
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    dispose([parameters, x, start, rest, first as object, output as object, values] as never);
  });
});
