import { createKey, normal } from '@longspan/core-tensor';
import { effort, expectClose, leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import {
  add,
  concat,
  dispose,
  grads,
  matMul,
  memory,
  mul,
  ones,
  profile,
  reshape,
  type Scalar,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  type TensorContainer,
  tensor1d,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  blockTopKAttention,
  causal,
  documents,
  globalTokens,
  type Mask,
  mobaAttention,
  nsaAttention,
  routingAttention,
  routingCentroids,
  selectBlocks,
  selectorLoss,
  slidingWindow,
  topKAttention,
} from '../src/index.ts';

const [b, h, d] = [2, 2, 4];
const draw = (name: string, n: number, heads = h): Tensor => normal(createKey(name), [b, heads, n, d]);

interface Pattern {
  readonly name: string;
  /** [b, h, n, d] of q, k and v of that shape. */
  readonly attend: (q: Tensor, k: Tensor, v: Tensor) => Tensor;
}

const nsaSizes = { compressionLength: 4, compressionStride: 2, selectionLength: 4, selectedBlocks: 3, localBlocks: 1, window: { left: 4 } };
const patterns: readonly Pattern[] = [
  { name: 'topKAttention', attend: (q, k, v) => topKAttention(q, k, v, { topK: 5, mask: causal() }).out },
  { name: 'mobaAttention', attend: (q, k, v) => mobaAttention(q, k, v, { blockSize: 8, topK: 2, causal: true }).out },
  {
    name: 'blockTopKAttention',
    attend: (q, k, v) => {
      const mask = slidingWindow({ left: 1, right: 0 }).or(globalTokens([0, 30]));
      return blockTopKAttention(q, k, v, { topK: 2, blockSize: 4, causal: true, mask }).out;
    },
  },
  {
    name: 'nsaAttention',
    attend: (q, k, v) => {
      const branch = { k, v };
      const gates = slice(v, [0, 0, 0, 0], [v.shape[0]!, v.shape[1]!, v.shape[2]!, 3]);
      return nsaAttention(q, { compression: branch, selection: branch, sliding: branch, gates }, nsaSizes).out;
    },
  },
];
/** The same for sizes of blocks, and masks about blocks, that show where a sequence ends within a block. */
const growing: readonly Pattern[] = [
  ...patterns,
  ...[1, 2, 3, 4].flatMap((blockSize): readonly Pattern[] => {
    const mask = slidingWindow({ left: 0, right: 0 });
    const chosen = (name: string, candidates?: Mask): Pattern => ({
      name: `blockTopKAttention, blocks of ${blockSize}, ${name}`,
      attend: (q, k, v) => blockTopKAttention(q, k, v, { topK: 2, blockSize, causal: true, mask, candidates }).out,
    });
    return [
      chosen('everything a candidate'),
      chosen('candidates in a window', slidingWindow({ left: 2 * blockSize, right: 0 })),
      chosen('candidates outside a window', slidingWindow({ left: 3, right: 0 }).not()),
      {
        name: `mobaAttention, blocks of ${blockSize}`,
        attend: (q, k, v) => mobaAttention(q, k, v, { blockSize, topK: 2, causal: true }).out,
      },
    ];
  }),
];
/** Its clusters look at the whole sequence: causal only with the choice held fixed. */
const routing: Pattern = {
  name: 'routingAttention',
  attend: (q, k, v) => {
    const centroids = routingCentroids(q, { clusters: 3, iterations: 2 });
    const learned = ones([h, 3, 1, d]);
    return routingAttention(q, k, v, { centroids, clusterSize: 9, causal: true, memory: { keys: learned, values: learned } }).out;
  },
};

onBackends('patterns chosen by the data', () => {
  it.each(patterns)('$name: changing a token changes no output before it, and changes its own', async ({ attend }) => {
    const n = 37;
    const [q, k, v] = [draw('q', n), draw('k', n), draw('v', n)];
    const before = attend(q, k, v);
    for (const at of [1, 8, 20, 36]) {
      const changed = (x: Tensor): Tensor => concat([slice(x, [0, 0, 0, 0], [b, h, at, d]), draw('other', n - at)], 2);
      const after = attend(changed(q), changed(k), changed(v));
      const until = (x: Tensor): Promise<Float32Array> => slice(x, [0, 0, 0, 0], [b, h, at, d]).data<'float32'>();
      const own = (x: Tensor): Promise<Float32Array> => slice(x, [0, 0, at, 0], [b, h, 1, d]).data<'float32'>();
      expectClose(await until(after), await until(before), { atol: 1e-6, rtol: 1e-6 });
      expect(await own(after)).not.toEqual(await own(before));
    }
  });

  it.each(growing)('$name: a token more changes no row before it, at every length', async ({ attend }) => {
    const longest = 14;
    const [q, k, v] = [draw('q', longest), draw('k', longest), draw('v', longest)];
    const start = (x: Tensor, n: number): Tensor => slice(x, [0, 0, 0, 0], [b, h, n, d]);
    const all = await attend(q, k, v).data<'float32'>();
    for (let n = 1; n < longest; n++) {
      const rows = attend(start(q, n), start(k, n), start(v, n));
      const expected = start(reshape(tensor1d(all), [b, h, longest, d]), n);
      expectClose(await rows.data(), await expected.data(), { atol: 1e-6, rtol: 1e-5 }, `of ${n} tokens`);
    }
  });

  it('routingAttention with the choice held fixed: outputs before a token do not depend on it, its own does', async () => {
    const [n, at] = [23, 9];
    const inputs = [draw('q', n), draw('k', n), draw('v', n)];
    const part = (x: Tensor, from: number, to: number): Tensor => slice(x, [0, 0, from, 0], [b, h, to - from, d]);
    // The choice has no gradient, so the gradient is that with the choice held fixed.
    const slopes = (from: number, to: number): Tensor[] =>
      grads((q: Tensor, k: Tensor, v: Tensor): Scalar => sum(square(part(routing.attend(q, k, v), from, to))))(inputs);
    for (const slope of slopes(0, at)) {
      expect(Math.max(...(await part(slope, at, n).abs().data()))).toBe(0);
      expect(Math.max(...(await part(slope, 0, at).abs().data()))).toBeGreaterThan(1e-3);
    }
    const [, , ofValues] = slopes(at, n);
    expect(Math.max(...(await part(ofValues!, at, n).abs().data()))).toBeGreaterThan(1e-3);
  });

  it('with causal no block is a candidate of its own queries, be it as short as one token', async () => {
    const q = ones([1, 1, 4, 1]);
    const k = reshape(tensor1d([1, 1, 5, 0]), [1, 1, 4, 1]);
    const v = reshape(tensor1d([1, 2, 3, 4]), [1, 1, 4, 1]);
    const start = (x: Tensor, n: number): Tensor => slice(x, [0, 0, 0, 0], [1, 1, n, 1]);
    const options = { blockSize: 2, topK: 1, causal: true, mask: slidingWindow({ left: 0, right: 0 }) };
    for (const n of [3, 4]) {
      const { out, selected } = blockTopKAttention(start(q, n), start(k, n), start(v, n), options);
      expect(Array.from(await selected.data())).toEqual([-1, 0]);
      const [e, e5] = [Math.exp(1), Math.exp(5)];
      expectClose([(await out.data())[2]!], [(3 * e + 3 * e5) / (2 * e + e5)], { atol: 1e-5, rtol: 0 });
    }
    const sizes = { queryLength: 3, keyLength: 3, causal: true };
    const scores = (values: number[]): Tensor => reshape(tensor1d(values), [1, 1, Math.sqrt(values.length), Math.sqrt(values.length)]);
    expect(Array.from(await selectBlocks(scores([0, 0, 0, 9]), { ...sizes, blockSize: 2, topK: 1 }).data())).toEqual([-1, 0]);
    const single = selectBlocks(scores([9, 0, 0, 0, 9, 0, 0, 1, 9]), { ...sizes, blockSize: 1, topK: 1 });
    expect(Array.from(await single.data())).toEqual([-1, 0, 1]);
    // Half of the mass at its own block counts for nothing: the other half is all that a choice can find.
    const loss = selectorLoss(scores([0, 0, 0, 9]), scores([1, 0, 0.5, 0.5]), { ...sizes, blockSize: 2 });
    expectClose(await loss.data(), [0], { atol: 1e-6, rtol: 0 });
  });

  it('candidates made for so many tokens end with them, also within a block', async () => {
    const scores = reshape(tensor1d([0, 0, 0, 0, 0, 0, 5, 1, 9]), [1, 1, 3, 3]);
    const sizes = { queryLength: 5, keyLength: 5, blockSize: 2, topK: 1, causal: true };
    const chosen = (ids: number[]): Promise<Int32Array> => selectBlocks(scores, { ...sizes, candidates: documents(ids) }).data<'int32'>();
    expect(Array.from(await chosen([7, 7, 7, 7, 7]))).toEqual([-1, 0, 0]);
    expect(Array.from(await chosen([6, 6, 7, 7, 7]))).toEqual([-1, -1, 1]);
  });

  it('an argument that does not fit leaves no tensor behind', async () => {
    const [x, wrong, three] = [draw('x', 12), draw('wrong', 13), draw('three', 12, 3)];
    const centroids = routingCentroids(x, { clusters: 2 });
    const gates = normal(createKey('gates'), [b, h, 12, 3]);
    const branch = (k: Tensor, v: Tensor): { k: Tensor; v: Tensor } => ({ k, v });
    const calls: readonly (() => unknown)[] = [
      () => topKAttention(x, wrong, x, { topK: 2 }),
      () => topKAttention(three, x, x, { topK: 2 }),
      () => mobaAttention(x, wrong, x, { blockSize: 4, topK: 1 }),
      () => nsaAttention(x, { compression: branch(x, x), selection: branch(x, wrong), sliding: branch(x, x), gates }, nsaSizes),
      () => routingAttention(x, x, wrong, { centroids, clusterSize: 3 }),
      () => routingAttention(x, x, x, { centroids, clusterSize: 3, causal: true }),
    ];
    for (const call of calls) {
      expect(call).toThrow();
      expect(await leaked(() => call() as TensorContainer)).toEqual({ tensors: 0, buffers: 0 });
    }
    dispose([x, wrong, three, centroids, gates]);
  });
});

describe('training on wasm', { timeout: 180_000 }, () => {
  beforeAll(() => withBackend('wasm'));

  it('a step of training in which routing passes its centroids on leaves nothing after but them', () => {
    const [q, k, v] = [draw('q', 12), draw('k', 12), draw('v', 12)];
    let centroids = routingCentroids(q, { clusters: 3 });
    const step = (): void => {
      const { centroids: moved, ...rest } = routingAttention(q, k, v, { centroids, clusterSize: 4, training: true, decay: 0.9 });
      dispose([rest, centroids]);
      centroids = moved;
    };
    step();
    const { numTensors } = memory();
    for (let count = 0; count < effort(6, 100); count++) step();
    expect(memory().numTensors).toBe(numTensors);
  });

  it.each([...patterns, routing])('$name trains: 25 steps bring the loss to a tenth', async ({ attend }) => {
    const n = 24;
    const x = draw('x', n);
    const target = tidy(() => mul(draw('target', n), 0.5));
    const weights = Object.fromEntries(
      ['q', 'k', 'v', 'out'].map((name) => [name, variable(tidy(() => mul(normal(createKey(name), [1, h, d, d]), 0.8)))]),
    ) as Record<'q' | 'k' | 'v' | 'out', Variable>;
    const wide = (weight: Tensor): Tensor => concat([weight, weight], 0);
    const loss = (): Scalar => {
      const [q, k, v] = [weights.q, weights.k, weights.v].map((weight) => matMul(x, wide(weight)));
      const out = matMul(attend(q!, k!, v!), wide(weights.out));
      return mul(sum(square(sub(out, target))), 1 / target.size) as Scalar;
    };
    const losses: number[] = [];
    for (let step = 0; step <= 25; step++) {
      const { value, grads } = tidy(() => variableGrads(() => loss()));
      losses.push((await value.data())[0]!);
      for (const one of Object.values(weights)) tidy(() => one.assign(add(one, mul(grads[one.name]!, -0.3))));
      dispose([value, grads]);
    }
    expect(losses.at(-1)! / losses[0]!).toBeLessThan(0.1);
    dispose([x, target, weights]);
  });
});

describe('memory on wasm', { timeout: 180_000 }, () => {
  beforeAll(() => withBackend('wasm'));

  const attendLong: readonly (readonly [string, (q: Tensor, k: Tensor, v: Tensor) => Tensor, number])[] = [
    ['topKAttention', (q, k, v) => topKAttention(q, k, v, { topK: 8, mask: causal() }).out, 2048],
    ['mobaAttention', (q, k, v) => mobaAttention(q, k, v, { blockSize: 64, topK: 3, causal: true }).out, effort(2048, 4096)],
    [
      'nsaAttention',
      (q, k, v) => {
        const branch = { k, v };
        const gates = slice(v, [0, 0, 0, 0], [v.shape[0]!, v.shape[1]!, v.shape[2]!, 3]);
        const sizes = { compressionLength: 32, compressionStride: 16, selectionLength: 64, selectedBlocks: 4, window: { left: 63 } };
        return nsaAttention(q, { compression: branch, selection: branch, sliding: branch, gates }, sizes).out;
      },
      effort(2048, 4096),
    ],
    [
      'routingAttention',
      (q, k, v) => {
        const centroids = slice(reshape(q, [1, -1, d]), [0, 0, 0], [1, 16, d]);
        return routingAttention(q, k, v, { centroids, clusterSize: q.shape[2]! / 16 }).out;
      },
      1024,
    ],
  ];

  it.each(attendLong)('%s, forward and backward: twice the tokens need at most 2.2 times the memory', async (_name, attend, n) => {
    const peakOf = async (length: number): Promise<number> => {
      const [q, k, v] = ['q', 'k', 'v'].map((name) => normal(createKey(name), [1, 1, length, d])) as [Tensor, Tensor, Tensor];
      const before = memory().numBytes;
      const { peakBytes } = await profile(() =>
        tidy(() => grads((x: Tensor, y: Tensor, z: Tensor): Scalar => sum(square(attend(x, y, z))))([q, k, v])),
      );
      dispose([q, k, v]);
      return peakBytes - before;
    };
    const [short, long] = [await peakOf(n), await peakOf(2 * n)];
    expect(long / short).toBeLessThan(2.2);
  });
});
