import { createKey } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import {
  add,
  addN,
  concat,
  div,
  matMul,
  mean,
  mul,
  ones,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tensor2d,
  tensor3d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answers,
  definedAttention,
  definition,
  dot,
  drawn,
  type Numbers,
  pairs,
  rowOf,
  tensorOf,
} from '../../../test/chosen/defined-attention.ts';
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

const length = (x: readonly number[]): number => Math.sqrt(dot(x, x));
const unit = (x: readonly number[]): number[] => x.map((value) => value / length(x));

type Members = readonly (readonly (readonly (readonly number[])[])[])[];

/** §4.1: each cluster takes the tokens that lie nearest to its centroid, so many of each. [b][h][cluster][member] */
function membersOf(x: Numbers, centroids: Numbers, window: number): Members {
  const [b = 0, h = 0, n = 0] = x.shape;
  const clusters = centroids.shape[1]!;
  return Array.from({ length: b }, (_, batch) =>
    Array.from({ length: h }, (_, head) =>
      Array.from({ length: clusters }, (_, cluster) => {
        const centroid = rowOf({ ...centroids, shape: [1, ...centroids.shape] }, 0, head, cluster);
        const near = Array.from({ length: n }, (_, at) => ({ at, likeness: dot(unit(rowOf(x, batch, head, at)), centroid) }));
        return near
          .sort((one, other) => other.likeness - one.likeness)
          .slice(0, window)
          .map(({ at }) => at);
      }),
    ),
  );
}

function nearestOf(x: Numbers, centroids: Numbers, batch: number, head: number, at: number): number {
  const own = unit(rowOf(x, batch, head, at));
  const likeness = Array.from({ length: centroids.shape[1]! }, (_, cluster) =>
    dot(own, rowOf({ ...centroids, shape: [1, ...centroids.shape] }, 0, head, cluster)),
  );
  return likeness.indexOf(Math.max(...likeness));
}

interface Rules {
  readonly causal: boolean;
  readonly shared: boolean;
  readonly queryMask: number[][] | undefined;
  readonly memories: number;
}

/** Attention cluster by cluster over tables of all pairs; a token's output is the mean over the clusters that took it. */
function defined(
  [q, k, v, ...memory]: readonly Tensor[],
  queries: Members,
  keys: Members,
  { causal, shared, queryMask, memories }: Rules,
): Tensor {
  const [b = 0, h = 0, n = 0] = q!.shape;
  const real = (batch: number, at: number): boolean => (queryMask?.[batch]?.[at] ?? 1) === 1;
  const seenKeys = shared ? div(k!, sqrt(sum(square(k!), 3, true))) : k!;
  const counts = new Float32Array(b * h * n);
  const parts = queries[0]![0]!.map((_, cluster) => {
    const sees = (batch: number, head: number, query: number, key: number): boolean =>
      keys[batch]![head]![cluster]!.includes(key) && real(batch, query) && real(batch, key) && !(causal && key > query);
    const takes = (batch: number, head: number, query: number): boolean => queries[batch]![head]![cluster]!.includes(query);
    const others = (batch: number, head: number, query: number): boolean =>
      memories > 0 || Array.from({ length: n }, (_, key) => key).some((key) => key !== query && sees(batch, head, query, key));
    const visible = pairs([b, h, n, n + memories], ({ batch, head, query, key }) => {
      if (!takes(batch, head, query)) return false;
      if (key >= n) return true;
      return sees(batch, head, query, key) && !(shared && key === query && others(batch, head, query));
    });
    const wider = (x: Tensor, more: Tensor | undefined): Tensor => {
      if (more === undefined) return x;
      const own = slice(more, [0, cluster, 0, 0], [h, 1, memories, more.shape[3]!]);
      const row = reshape(own, [1, h, memories, more.shape[3]!]);
      return concat(
        [
          x,
          concat(
            Array.from({ length: b }, () => row),
            0,
          ),
        ],
        2,
      );
    };
    const { out } = definedAttention(q!, wider(seenKeys, memory[0]), wider(v!, memory[1]), visible);
    const blind = new Float32Array(b * h * n * n);
    for (let batch = 0; batch < b; batch++)
      for (let head = 0; head < h; head++)
        for (let query = 0; query < n; query++) {
          if (!takes(batch, head, query)) continue;
          const row = (batch * h + head) * n + query;
          counts[row] = counts[row]! + 1;
          const sums = visible.values.subarray(row * (n + memories), (row + 1) * (n + memories)).reduce((total, bit) => total + bit, 0);
          const members = keys[batch]![head]![cluster]!;
          if (sums === 0) for (const key of members) blind[row * n + key] = 1 / members.length;
        }
    return add(out, matMul(tensor4d(blind, [b, h, n, n]), v!));
  });
  return div(addN(parts), add(tensor4d(counts, [b, h, n, 1]), 1e-5));
}

onBackends('routingAttention', () => {
  it('equals attention inside the clusters, its auxiliary loss, the moved centroids, and its gradients', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ b, h, n, d, dv, clusters, window, context, kind, seed }) => {
        const key = createKey(seed);
        const rules: Rules = {
          causal: kind.includes('causal'),
          shared: kind.includes('shared'),
          queryMask:
            kind === 'padding'
              ? Array.from({ length: b }, (_, row) => Array.from({ length: n }, (_, at) => (at % 3 === row ? 0 : 1)))
              : undefined,
          memories: kind.includes('memory') ? 2 : 0,
        };
        const raw = drawn(key.fold('centroids'), 1, h, clusters, d);
        const centroids: Numbers = {
          shape: [h, clusters, d],
          values: Float32Array.from(
            Array.from({ length: h * clusters }, (_, at) => unit(rowOf(raw, 0, Math.floor(at / clusters), at % clusters))).flat(),
          ),
        };
        const inputs: Record<string, Numbers> = {
          q: drawn(key.fold('q'), b, h, n, d),
          k: drawn(key.fold(rules.shared ? 'q' : 'k'), b, h, n, d),
          v: drawn(key.fold('v'), b, h, n, dv),
          ...(rules.memories > 0
            ? {
                keys: drawn(key.fold('mk'), h, clusters, rules.memories, d),
                values: drawn(key.fold('mv'), h, clusters, rules.memories, dv),
              }
            : {}),
        };
        // Of keys that are shared, and of a memory, only some options make sense.
        const options = (memory: readonly Tensor[]): RoutingOptions => ({
          centroids: tensorOf(centroids),
          windowSize: window,
          ...(rules.shared ? {} : { contextWindowSize: context }),
          causal: rules.causal,
          sharedQueryKey: rules.shared,
          ...(memory.length > 0 ? { memory: { keys: memory[0]!, values: memory[1]! } } : {}),
          ...(rules.queryMask ? { queryMask: tensor2d(rules.queryMask, [b, n], 'int32') } : {}),
          commitment: 0.5,
          training: true,
          decay: 0.75,
        });
        const { queries, keys, ...found } = await answers(inputs, ([q, k, v, ...memory]) => {
          const result = routingAttention(q!, k!, v!, options(memory));
          return { out: result.out, loss: result.auxiliaryLoss, queries: result.members.queries, keys: result.members.keys };
        });
        const ofQueries = membersOf(inputs.q!, centroids, Math.min(window, n));
        const ofKeys = rules.shared ? ofQueries : membersOf(inputs.k!, centroids, Math.min(context, n));
        expect(Array.from(queries!)).toEqual(ofQueries.flat(3));
        expect(Array.from(keys!)).toEqual(ofKeys.flat(3));

        const vectors = rules.shared ? [inputs.q!] : [inputs.q!, inputs.k!];
        const places = Array.from({ length: b * h * n }, (_, at) => [Math.floor(at / (h * n)), Math.floor(at / n) % h, at % n] as const);
        const expected = await definition(inputs, (tensors) => {
          const losses = vectors.map((x, at) => {
            const nearest = places.flatMap(([batch, head, token]) =>
              rowOf({ ...centroids, shape: [1, ...centroids.shape] }, 0, head, nearestOf(x, centroids, batch, head, token)),
            );
            const own = tensors[at]!;
            return mean(square(sub(div(own, sqrt(sum(square(own), 3, true))), tensor(nearest, own.shape))));
          });
          const loss = mul(addN(losses), 0.5 / losses.length);
          const connected = rules.shared ? mul(sum(tensors[1]!), 0) : mul(sum(tensors[0]!), 0);
          return { out: defined(tensors, ofQueries, ofKeys, rules), loss: add(loss, connected) };
        });
        for (const [name, values] of Object.entries(expected))
          expectClose(found[name]!, values, { atol: 2e-5, rtol: 3e-4 }, `${kind}: ${name}`);

        const [q, k, v, ...memory] = Object.values(inputs).map(tensorOf);
        const state = await routingAttention(q!, k!, v!, options(memory)).centroids.data();
        const sums = Array.from({ length: h * clusters }, () => new Array<number>(d).fill(0));
        for (const x of vectors)
          for (const [batch, head, token] of places) {
            const cell = sums[head * clusters + nearestOf(x, centroids, batch, head, token)]!;
            unit(rowOf(x, batch, head, token)).forEach((value, at) => {
              cell[at] = cell[at]! + value;
            });
          }
        const averaged = sums.flatMap((cell, at) => {
          const old = Array.from(centroids.values.subarray(at * d, (at + 1) * d));
          const target = cell.every((value) => value === 0) ? old : unit(cell);
          return old.map((value, axis) => 0.75 * value + 0.25 * target[axis]!);
        });
        expectClose(state, averaged, { atol: 1e-5, rtol: 1e-4 }, 'centroids');
      }),
      { numRuns: 15, seed: 8 },
    );
  });

  it('keeps the centroids as they are outside training, in a tensor of their own', async () => {
    const x = tensorOf(drawn(createKey('x'), 1, 1, 6, 2));
    const centroids = tensor3d([1, 0, 0, 1], [1, 2, 2]);
    const after = routingAttention(x, x, x, { centroids, windowSize: 3 }).centroids;
    expect(after).not.toBe(centroids);
    expectClose(await after.data(), [1, 0, 0, 1], { atol: 0, rtol: 0 });
  });
});

describe('routingCentroids', () => {
  const x = drawn(createKey('points'), 2, 3, 40, 4);
  const likeness = (centroids: Float32Array): number => {
    const held: Numbers = { shape: [3, 5, 4], values: centroids };
    let total = 0;
    for (let at = 0; at < 240; at++) {
      const [batch, head, token] = [Math.floor(at / 120), Math.floor(at / 40) % 3, at % 40];
      const nearest = nearestOf(x, held, batch, head, token);
      total += dot(unit(rowOf(x, batch, head, token)), rowOf({ ...held, shape: [1, 3, 5, 4] }, 0, head, nearest));
    }
    return total;
  };

  onBackends('k-means', () => {
    it('starts from unit vectors of different tokens, and each step raises their likeness to the nearest centroid', async () => {
      const after = async (iterations: number): Promise<Float32Array> =>
        routingCentroids(tensorOf(x), { clusters: 5, iterations, key: createKey(4) }).data<'float32'>();
      const first = await after(0);
      const directions = Array.from({ length: 240 }, (_, at) => unit(rowOf(x, Math.floor(at / 120), Math.floor(at / 40) % 3, at % 40)));
      const picked = Array.from({ length: 15 }, (_, at) => {
        const centroid = Array.from(first.subarray(at * 4, at * 4 + 4));
        return directions.findIndex((direction) => dot(direction, centroid) > 1 - 1e-6);
      });
      expect(picked).not.toContain(-1);
      expect(new Set(picked).size).toBe(15);
      const scores = [likeness(first), likeness(await after(1)), likeness(await after(2)), likeness(await after(10))];
      expect(scores[1]).toBeGreaterThan(scores[0]! + 1);
      expect(scores[2]).toBeGreaterThan(scores[1]!);
      expect(scores[3]).toBeGreaterThan(scores[2]!);
    });
  });
});

it('says what is missing or wrong', () => {
  const x = ones([1, 1, 4, 2]);
  const centroids = ones([1, 2, 2]);
  expect(() => routingAttention(x, x, x, { centroids, windowSize: 2, causal: true })).toThrow(
    `routingAttention: the first token of a cluster would see nothing.
  expected  with causal: a memory, or sharedQueryKey
  got       neither
  remedy    pass memory: { keys, values } of [h, clusters, 1, d], learned with the rest.`,
  );
  expect(() => routingAttention(x, x, x, { centroids, windowSize: 0 })).toThrow('windowSize must be an integer of at least 1');
  expect(() => routingAttention(x, x, x, { centroids: ones([1, 2, 3]), windowSize: 2 })).toThrow('centroids does not fit');
  expect(() => routingCentroids(x, { clusters: 5 })).toThrow('there are more clusters than vectors to start them from');
});
