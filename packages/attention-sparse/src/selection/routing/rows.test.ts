import { createKey, normal, padding } from '@longspan/core-tensor';
import type { RowWeights } from '@longspan/core-tensor/kernel';
import { expectClose, leaked, mixedByRows, onBackends } from '@longspan/tooling/expect';
import { concat, dispose, reshape, slice, type Tensor, tidy, tile } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { type RoutingOptions, routingAttention } from './routing.ts';

// Fewer keys, those of the memory included, than features: rows that give the output are its softmax.
const [b, h, n, d, dv, clusters] = [2, 2, 9, 5, 17, 3] as const;
const draw = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);
const every = Array.from({ length: n }, (_, at) => at);
const padded = padding([every.map(() => 1), every.map((at) => (at < 6 ? 1 : 0))]);

onBackends('rows of routingAttention', () => {
  it.each<[string, Omit<RoutingOptions, 'centroids' | 'clusterSize'>, boolean]>([
    ['plain', {}, false],
    ['shared and causal', { causal: true, sharedQueryKey: true }, false],
    ['with a memory', { causal: true }, true],
    ['with a memory and padding', { padding: padded }, true],
    ['with other keys than queries', { keyClusterSize: 2 }, false],
  ])('give its output again: %s', async (_, more, hasMemory) => {
    const [q, k, v] = [draw('q', [b, h, n, d]), draw('k', [b, h, n, d]), draw('v', [b, h, n, dv])];
    const memory = { keys: draw('memory keys', [h, clusters, 2, d]), values: draw('memory values', [h, clusters, 2, dv]) };
    const options = { centroids: draw('centroids', [h, clusters, d]), clusterSize: 4, ...more, ...(hasMemory ? { memory } : {}) };
    const own = more.sharedQueryKey === true ? q : k;
    const { rows, ...result } = routingAttention(q, own, v, { ...options, rowsOf: every });
    const values = tidy(() =>
      hasMemory ? concat([v, tile(reshape(memory.values, [1, h, clusters * 2, dv]), [b, 1, 1, 1])], 2) : v.clone(),
    );
    const isToken = (at: number) => more.padding === undefined || padded.isToken(Math.floor(at / (h * n * dv)), Math.floor(at / dv) % n);
    const found = await mixedByRows(rows as RowWeights, values);
    const expected = await result.out.data();
    expectClose(
      found.filter((_, at) => isToken(at)),
      expected.filter((_, at) => isToken(at)),
      { atol: 2e-5, rtol: 1e-4 },
    );
    const last = routingAttention(q, own, v, { ...options, lastQueries: 2, rowsOf: [8, 2] });
    const ofLast = tidy(() => slice(last.out, [0, 0, 1, 0], [b, h, 1, dv]));
    const mixed = await mixedByRows(last.rows as RowWeights, values);
    const eighth = Array.from(await ofLast.data()).filter((_, at) => more.padding === undefined || at < h * dv);
    expectClose(mixed.filter((_, at) => Math.floor(at / dv) % 2 === 0).slice(0, eighth.length), eighth, { atol: 2e-5, rtol: 1e-4 });
    dispose([q, k, v, memory, options.centroids, rows, result, values, last, ofLast] as never);
  });

  it('leave no tensor behind, and are refused where a query is not there', async () => {
    const x = draw('x', [b, h, n, d]);
    const centroids = draw('centroids', [h, clusters, d]);
    const run = (rowsOf: readonly number[]) => routingAttention(x, x, x, { centroids, clusterSize: 4, rowsOf });
    const left = await leaked(() => {
      const { rows, members, out, auxiliaryLoss, centroids: state } = run([1, 4]);
      return [out, auxiliaryLoss, state, members.queries, members.keys, ...(rows === undefined ? [] : [rows.keys, rows.weights])];
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    expect(() => run([n])).toThrow('routingAttention: queries must be indices of q.');
    const detached = Int32Array.of(1);
    structuredClone(detached, { transfer: [detached.buffer] });
    for (const [odd, got] of [
      [[], 'none'],
      [[3, Symbol('q')], 'Symbol'],
    ] as const) {
      expect(() => run(odd as never)).toThrow(new RegExp(`^routingAttention: queries must be indices of q[.]\n.*\n  got .*${got}`, 'i'));
    }
    for (const odd of [detached, new Array(2)]) expect(() => run(odd as never)).toThrow('routingAttention: rowsOf must be a list.');
    dispose([x, centroids]);
  });
});
