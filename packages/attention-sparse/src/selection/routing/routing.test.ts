import { createKey, padding } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { answers, defined, definition, drawn, effort, expectClose, onBackends, tensorOf } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { add, concat, grad, max, mul, ones, slice, sum, type Tensor, tensor3d, tensor4d, transpose } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routingCentroids } from './centroids.ts';
import { type RoutingOptions, routingAttention } from './routing.ts';

const anyCase = fc.record({
  b: integer(1, 2),
  h: integer(1, 2),
  n: integer(2, 19),
  d: integer(2, 5),
  dv: integer(1, 4),
  clusters: integer(1, 4),
  window: integer(1, 7),
  context: integer(1, 8),
  kind: fc.constantFrom('both ways', 'shared', 'shared and causal', 'memory', 'memory and causal', 'padding'),
  seed: integer(0, 1e6),
});

/** Unit vectors as centroids: [h, clusters, d]. */
const unitRows = async (rows: reference.Numbers): Promise<reference.Numbers> => {
  const { shape, values } = await defined([rows], reference.unit);
  return { shape: shape.slice(1), values };
};

/** The members of each cluster, by the similarity of its centroid and every token. */
async function membersOf(x: reference.Numbers, centroids: reference.Numbers, window: number): Promise<reference.Choices> {
  const similarities = await defined([x, centroids], (x, centroids) =>
    transpose(reference.routingSimilarities(reference.unit(x), centroids), [0, 1, 3, 2]),
  );
  return reference.routingMembers(similarities, window);
}

onBackends('routingAttention', () => {
  it('a value of NaN or ∞ reaches only what attends to it', async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const x = tensor4d([1, 0, 1, 0.1, 1, 0.2, 1, 0.3], [1, 1, 4, 2]);
      const options = { centroids: tensor3d([1, 0], [1, 1, 2]), clusterSize: 4, causal: true, sharedQueryKey: true };
      const run = async (last: number, lastQueries?: number) => {
        const v = tensor4d([1, 2, 3, last], [1, 1, 4, 1]);
        return [...(await routingAttention(x, x, v, { ...options, lastQueries }).out.data())];
      };
      const [expected, found] = [await run(4), await run(value)];
      expect(found.slice(0, 3)).toEqual(expected.slice(0, 3));
      expect(found.slice(0, 2).every(Number.isFinite)).toBe(true);
      expect((await run(value, 2)).slice(0, 1)).toEqual((await run(4, 2)).slice(0, 1));
    }
  });

  it('gives a token whose cluster holds keys of padding alone nothing of them', async () => {
    for (const value of [1000, 2000]) {
      const { out } = routingAttention(
        tensor4d([1, 0, 1, 0], [1, 1, 2, 2]),
        tensor4d([0, 1, 1, 0], [1, 1, 2, 2]),
        tensor4d([5, value], [1, 1, 2, 1]),
        { centroids: tensor3d([1, 0], [1, 1, 2]), clusterSize: 2, keyClusterSize: 1, padding: padding([[1, 0]]) },
      );
      expect((await out.data())[0]).toBe(0);
    }
  });

  it('equals attention inside the clusters, its auxiliary loss, the moved centroids, and its gradients', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ b, h, n, d, dv, clusters, window, context, kind, seed }) => {
        const key = createKey(seed);
        const rules = { causal: kind.includes('causal'), shared: kind.includes('shared') };
        const tokens =
          kind === 'padding'
            ? Array.from({ length: b }, (_, row) => Array.from({ length: n }, (_, at) => (at % 3 === row ? 0 : 1)))
            : undefined;
        const memories = kind.includes('memory') ? 2 : 0;
        const centroids = await unitRows(drawn(key.fold('centroids'), 1, h, clusters, d));
        const inputs: Record<string, reference.Numbers> = {
          q: drawn(key.fold('q'), b, h, n, d),
          k: drawn(key.fold(rules.shared ? 'q' : 'k'), b, h, n, d),
          v: drawn(key.fold('v'), b, h, n, dv),
          ...(memories > 0
            ? {
                keys: drawn(key.fold('mk'), h, clusters, memories, d),
                values: drawn(key.fold('mv'), h, clusters, memories, dv),
              }
            : {}),
        };
        // Of keys that are shared, and of a memory, only some options make sense.
        const options = (memory: readonly Tensor[]): RoutingOptions => ({
          centroids: tensorOf(centroids),
          clusterSize: window,
          keyClusterSize: rules.shared ? undefined : context,
          causal: rules.causal,
          sharedQueryKey: rules.shared,
          ...(memory.length > 0 ? { memory: { keys: memory[0]!, values: memory[1]! } } : {}),
          padding: tokens && padding(tokens),
          commitment: 0.5,
          training: true,
          decay: 0.75,
        });
        const { queries, keys, ...found } = await answers(inputs, ([q, k, v, ...memory]) => {
          const result = routingAttention(q!, k!, v!, options(memory));
          return { out: result.out, loss: result.auxiliaryLoss, queries: result.members.queries, keys: result.members.keys };
        });
        const ofQueries = await membersOf(inputs.q!, centroids, window);
        const ofKeys = rules.shared ? ofQueries : await membersOf(inputs.k!, centroids, context);
        expect(Array.from(queries!)).toEqual(ofQueries.flat(3));
        expect(Array.from(keys!)).toEqual(ofKeys.flat(3));

        const vectorsOf = (q: Tensor, k: Tensor): Tensor =>
          rules.shared ? reference.unit(q) : concat([reference.unit(q), reference.unit(k)], 2);
        const expected = await definition(inputs, ([q, k, v, ...memory]) => {
          const members = {
            queries: ofQueries,
            keys: ofKeys,
            memory: memory.length > 0 ? { keys: memory[0]!, values: memory[1]! } : undefined,
          };
          // Where the keys are the queries, those that were given as keys have gradients of zeros.
          const loss = add(reference.routingLoss(vectorsOf(q!, k!), tensorOf(centroids), 0.5), mul(sum(k!), 0));
          return { out: reference.routingAttention(q!, k!, v!, members, { ...rules, tokens }), loss };
        });
        for (const [name, values] of Object.entries(expected))
          expectClose(found[name]!, values, { atol: 2e-5, rtol: 3e-4 }, `${kind}: ${name}`);

        const [q, k, v, ...memory] = Object.values(inputs).map(tensorOf);
        const state = await routingAttention(q!, k!, v!, options(memory)).centroids.data();
        const moved = await defined([inputs.q!, inputs.k!, centroids], (q, k, centroids) =>
          reference.movedCentroids(vectorsOf(q, k), centroids, 0.75),
        );
        expectClose(state, moved.values, { atol: 1e-5, rtol: 1e-4 }, 'centroids');
      }),
      { numRuns: effort(5, 15) },
    );
  });

  it('answers the last queries alone as the call for all does, token by token', async () => {
    const [h, n, clusters] = [2, 11, 3];
    const key = createKey('decoding');
    const centroids = tensorOf(await unitRows(drawn(key.fold('centroids'), 1, h, clusters, 4)));
    const [q, k, v] = ['q', 'k', 'v'].map((name) => tensorOf(drawn(key.fold(name), 2, h, n, 4))) as [Tensor, Tensor, Tensor];
    const memory = { keys: tensorOf(drawn(key.fold('mk'), h, clusters, 2, 4)), values: tensorOf(drawn(key.fold('mv'), h, clusters, 2, 4)) };
    const tokens = (x: Tensor, from: number, to: number): Tensor => slice(x, [0, 0, from, 0], [-1, -1, to - from, -1]);
    const marks = [0, 1].map((row) => Array.from({ length: n }, (_, at) => (at % 4 === row ? 0 : 1)));
    const kinds = [
      { clusterSize: 5 },
      { clusterSize: 4, keyClusterSize: 6, causal: true, memory },
      { clusterSize: 5, causal: true, sharedQueryKey: true },
    ];
    for (const kind of kinds) {
      const keys = kind.sharedQueryKey === true ? q : k;
      const upTo = (end: number, more: { readonly lastQueries?: number; readonly clusterSize?: number } = {}): Tensor =>
        routingAttention(tokens(q, 0, end), tokens(keys, 0, end), tokens(v, 0, end), {
          centroids,
          ...kind,
          padding: padding(marks.map((row) => row.slice(0, end))),
          ...more,
        }).out;
      for (const end of [1, 6, n]) {
        const all = upTo(end);
        for (const count of new Set([1, Math.min(3, end), end])) {
          const last = upTo(end, { lastQueries: count });
          expectClose(await last.data(), await tokens(all, end - count, end).data(), { atol: 2e-6, rtol: 1e-5 }, `${count} of ${end}`);
        }
      }
      // Clusters that take every token leave none out, so no later one changes an earlier row where it is causal.
      if (kind.causal !== true) continue;
      const whole = upTo(n, { clusterSize: n, ...('keyClusterSize' in kind ? { keyClusterSize: n } : {}) });
      for (let at = 0; at < n; at++) {
        const step = upTo(at + 1, { clusterSize: n, lastQueries: 1, ...('keyClusterSize' in kind ? { keyClusterSize: n } : {}) });
        const own = marks.map((row) => row[at]);
        if (own.includes(0)) continue; // rows of padded queries mean nothing
        expectClose(await step.data(), await tokens(whole, at, at + 1).data(), { atol: 2e-6, rtol: 1e-5 }, `token ${at}`);
      }
    }
  });

  it('has finite gradients for tokens of zeros, padded or not', async () => {
    const zerosAt = [2, 5];
    const numbers = drawn(createKey('zeros'), 1, 1, 7, 2);
    const values = numbers.values.map((each, at) => (zerosAt.includes(Math.floor(at / 2)) ? 0 : each));
    const x = tensorOf({ shape: numbers.shape, values });
    const v = tensorOf(drawn(createKey('v'), 1, 1, 7, 2));
    const centroids = tensor3d([1, 0, 0, 1], [1, 2, 2]);
    const marks = padding([[1, 1, 1, 1, 1, 0, 1]]);
    for (const clusterSize of [3, 7]) {
      const options = { centroids, clusterSize, sharedQueryKey: true, padding: marks, commitment: 1 };
      const loss = (each: Tensor): Tensor => routingAttention(each, each, v, options).auxiliaryLoss;
      // Of the loss: 2 / 14 · (unit − centroid), at right angles to the vector; nothing where there is no direction.
      const gradient = await grad(loss)(x).data();
      const alone = await grad((each: Tensor) => sum(routingAttention(each, each, v, options).out))(x).data();
      for (const at of zerosAt) expect([...gradient.slice(2 * at, 2 * at + 2)]).toEqual([0, 0]);
      expect([...alone.slice(10, 12)]).toEqual([0, 0]); // a padded token attends to nothing and nothing to it
      expect([...gradient, ...alone].every(Number.isFinite)).toBe(true);
      const [a = 0, b = 0] = values;
      const size = Math.hypot(a, b);
      const centroid = a >= b ? [1, 0] : [0, 1];
      const along = (centroid[0]! * a + centroid[1]! * b) / size;
      const expected = [a, b].map((each, axis) => ((2 / 14) * ((along * each) / size - centroid[axis]!)) / size);
      expectClose(gradient.slice(0, 2), expected, { atol: 1e-6, rtol: 1e-5 });
    }
  });

  it('keeps the centroids as they are outside training, in a tensor of their own', async () => {
    const x = tensorOf(drawn(createKey('x'), 1, 1, 6, 2));
    const centroids = tensor3d([1, 0, 0, 1], [1, 2, 2]);
    const after = routingAttention(x, x, x, { centroids, clusterSize: 3 }).centroids;
    expect(after).not.toBe(centroids);
    expectClose(await after.data(), [1, 0, 0, 1], { atol: 0, rtol: 0 });
  });
});

describe('routingCentroids', () => {
  const x = drawn(createKey('points'), 2, 3, 40, 4);
  const directions = (): Promise<reference.Numbers> => defined([x], reference.unit);
  const likeness = async (values: Float32Array): Promise<number> => {
    const total = await defined([x, { shape: [3, 5, 4], values }], (x, centroids) =>
      sum(max(reference.routingSimilarities(reference.unit(x), centroids), 3)),
    );
    return total.values[0]!;
  };

  onBackends('k-means', () => {
    it('starts from unit vectors of different tokens, and each step raises their likeness to the nearest centroid', async () => {
      const after = async (iterations: number): Promise<Float32Array> =>
        routingCentroids(tensorOf(x), { clusters: 5, iterations, key: createKey(4) }).data<'float32'>();
      const first = await after(0);
      const { values } = await directions();
      const rows = (all: Float32Array, count: number): number[][] =>
        reference.upTo(count, (at) => Array.from(all.subarray(at * 4, at * 4 + 4)));
      const dot = (one: readonly number[], other: readonly number[]): number =>
        one.reduce((total, value, at) => total + value * other[at]!, 0);
      const picked = rows(first, 15).map((centroid) => rows(values, 240).findIndex((direction) => dot(direction, centroid) > 1 - 1e-6));
      expect(picked).not.toContain(-1);
      expect(new Set(picked).size).toBe(15);
      const scores = [
        await likeness(first),
        await likeness(await after(1)),
        await likeness(await after(2)),
        await likeness(await after(10)),
      ];
      expect(scores[1]).toBeGreaterThan(scores[0]! + 1);
      expect(scores[2]).toBeGreaterThan(scores[1]!);
      expect(scores[3]).toBeGreaterThan(scores[2]!);
    });
  });
});

it('says what is missing or wrong', () => {
  const x = ones([1, 1, 4, 2]);
  const centroids = ones([1, 2, 2]);
  expect(() => routingAttention(x, x, x, { centroids, clusterSize: 2, causal: true })).toThrow(
    `routingAttention: causal routing needs memory or sharedQueryKey.
  expected  with causal: a memory, or sharedQueryKey
  got       neither
  remedy    pass memory: { keys, values } of [h, clusters, 1, d], learned with the rest.`,
  );
  expect(() => routingAttention(x, x, x, { centroids, clusterSize: 0 })).toThrow('clusterSize must be an integer of at least 1');
  expect(() => routingAttention(x, x, x, { centroids: ones([1, 2, 3]), clusterSize: 2 })).toThrow('centroids must have the shape [');
  expect(() => routingCentroids(x, { clusters: 5 })).toThrow('clusters must be at most the number of vectors');
});
