import { createKey, normal } from '@longspan/core-tensor';
import { anyMask } from '@longspan/tooling/arbitrary';
import { effort, expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { mul, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sparseAttention } from '../attention/sparse-attention.ts';
import { blockDiagonal, causal, everything, keyPadding, keysAt, type Mask, nothing, perHead, slidingWindow } from '../mask/index.ts';
import { calibrate } from './calibrate.ts';

const [b, h, hkv, nq, nk, d, blockSize] = [2, 4, 2, 11, 17, 6, 4] as const;
const drawn = (seed: number): [Tensor, Tensor] => [
  mul(normal(createKey(seed).fold('q'), [b, h, nq, d]), 2),
  normal(createKey(seed).fold('k'), [b, hkv, nk, d]),
];

/** Mean kept mass and visited blocks of one head, pair by pair. */
function byHand(q: number[][][][], k: number[][][][], mask: Mask, of: Mask, head: number) {
  const kept: number[] = [];
  let blocks = 0;
  q.forEach((queries, row) => {
    const [part, whole] = [mask.and(of), of].map((one) => one.select({ head, batch: row })) as [Mask, Mask];
    const visited = new Set<string>();
    queries[head]!.forEach((query, at) => {
      const position = at + nk - nq;
      const weights = k[row]![Math.floor((head * hkv) / h)]!.map((key) =>
        Math.exp(query.reduce((sum, x, i) => sum + x * key[i]!, 0) / Math.sqrt(d)),
      );
      const sum = (over: Mask) => weights.reduce((total, weight, key) => (over.allows(position, key) ? total + weight : total), 0);
      if (sum(whole) > 0) kept.push(sum(part) / sum(whole));
      for (let key = 0; key < nk; key++)
        if (part.allows(position, key)) visited.add(`${Math.floor(at / blockSize)},${Math.floor(key / blockSize)}`);
    });
    blocks += visited.size;
  });
  const recall = kept.length === 0 ? 1 : kept.reduce((sum, one) => sum + one, 0) / kept.length;
  return { recall, lowest: Math.min(1, ...kept), blocks };
}

const scopes = fc.constantFrom(everything(), causal(), causal().and(keyPadding({ lengths: [17, 9] })), keysAt([12]).and(causal()));
const candidateMasks = fc.array(
  fc.oneof({ weight: 5, arbitrary: anyMask }, { weight: 1, arbitrary: fc.tuple(anyMask, anyMask, anyMask, anyMask).map(perHead) }),
  {
    minLength: 1,
    maxLength: 4,
  },
);

onBackends('calibrate', () => {
  it('measures the softmax mass and the blocks of every candidate, and takes the cheapest that keeps enough', async () => {
    await fc.assert(
      fc.asyncProperty(
        candidateMasks,
        scopes,
        fc.integer(),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        async (candidates, of, seed, recall) => {
          const [q, k] = drawn(seed);
          const lists = [(await q.array()) as number[][][][], (await k.array()) as number[][][][]] as const;
          const { heads, layout, mask, reached, visitedFraction } = await calibrate(q, k, { recall, candidates, mask: of, blockSize });
          let visited = 0;
          heads.forEach((choice, head) => {
            const truth = candidates.map((one) => byHand(...lists, one, of, head));
            expectClose(
              choice.measured.map((one) => one.recall),
              truth.map((one) => one.recall),
              { atol: 2e-5, rtol: 0 },
              'recall',
            );
            expectClose(
              choice.measured.map((one) => one.lowest),
              truth.map((one) => one.lowest),
              { atol: 2e-5, rtol: 0 },
              'lowest',
            );
            expect(choice.measured.map((one) => one.visitedBlocks)).toEqual(truth.map((one) => one.blocks));
            const enough = choice.measured.filter((one) => one.recall >= recall - 2e-6);
            expect(choice.reached).toBe(enough.length > 0);
            if (choice.reached) expect(choice.visitedBlocks).toBe(Math.min(...enough.map((one) => one.visitedBlocks)));
            else expect(choice.recall).toBeGreaterThan(Math.max(...choice.measured.map((one) => one.recall)) - 1e-5);
            visited += choice.visitedBlocks;
          });
          expect(reached).toBe(heads.every((one) => one.reached));
          expect((layout.indices.length * b * h) / (layout.batch * layout.heads)).toBe(visited);
          expect(visitedFraction).toBeCloseTo(visited / (b * h * 3 * 5), 12);
          const whole = await sparseAttention(q, k, zeros([b, hkv, nk, 1]), { mask: of }).logSumExp.data();
          const part = await sparseAttention(q, k, zeros([b, hkv, nk, 1]), { mask, blockSize }).logSumExp.data();
          heads.forEach((choice, head) => {
            const kept = Array.from(whole.keys())
              .filter((at) => Math.floor(at / nq) % h === head && whole[at] !== -Infinity)
              .map((at) => Math.exp(part[at]! - whole[at]!));
            if (kept.length > 0) expect(kept.reduce((sum, one) => sum + one, 0) / kept.length).toBeCloseTo(choice.recall, 5);
          });
        },
      ),
      { numRuns: effort(5, 12) },
    );
  });

  it('gives heads that look near and far the window and the keys that each needs', async () => {
    const n = 32;
    const at = (position: number, key: number): number[] => Array.from({ length: 2 * n }, (_, i) => (i === position ? key : 0));
    const one = (place: (position: number) => number): number[][] => Array.from({ length: n }, (_, position) => at(place(position), 40));
    const unit = Array.from({ length: n }, (_, position) => at(position, 1));
    // Head 0 looks at its own token, head 1 at token 0, head 2 at the token half the length before.
    const q = mul(tensor([[one((i) => i), one(() => 0), one((i) => (i + n / 2) % n)]]), 8);
    const k = tensor([[unit]]);
    const candidates = [everything(), slidingWindow({ left: 3, right: 3 }), keysAt([0])];
    const { heads, layout, reached } = await calibrate(q, k, { recall: 0.9, candidates, blockSize: 4, queryOffset: 0 });
    expect(heads.map(({ candidate }) => candidate)).toEqual([1, 2, 0]);
    expect(heads.map(({ mask }) => mask.name.split('(')[0])).toEqual(['slidingWindow', 'keysAt', 'everything']);
    expect([layout.heads, reached]).toEqual([3, true]);
    expect(heads.map(({ visitedBlocks }) => visitedBlocks)).toEqual([22, 8, 64]);
  });

  it('says so where no candidate keeps enough, and takes the one that keeps the most', async () => {
    const [q, k] = [zeros([1, 1, 8, 4]), zeros([1, 1, 8, 4])];
    const candidates = [nothing(), blockDiagonal({ blockSize: 2 }), blockDiagonal({ blockSize: 4 })];
    const { heads, reached, mask } = await calibrate(q, k, { recall: 0.9, candidates, blockSize: 2 });
    expect(reached).toBe(false);
    expect(heads[0]?.reason).toBe(
      'no candidate keeps 90.0 % of the mass; blockDiagonal({ blockSize: 4 }) keeps the most, 50.0 % (8 of 16 blocks)',
    );
    expect(mask.name).toBe('blockDiagonal({ blockSize: 4 })');
    const all = await calibrate(q, k, { recall: 1, candidates: [slidingWindow({ left: 7, right: 7 }), everything()], blockSize: 2 });
    expect([all.reached, all.heads[0]?.candidate]).toEqual([true, 0]);
  });

  it('leaves no tensor behind, also where it refuses', async () => {
    const [q, k] = drawn(1);
    const run = async (recall: number) => void (await calibrate(q, k, { recall, candidates: [causal(), everything()], blockSize }));
    for (const recall of [0.5, 2]) {
      const left = await leaked(async () => {
        await run(recall);
        return [];
      });
      expect(left).toEqual({ tensors: 0, buffers: 0 });
    }
  });
});

it.each([
  [
    { recall: 0, candidates: [causal()] },
    'calibrate: recall must be in (0, 1].\n  expected  a number above 0, at most 1\n  got       0\n  remedy    use 0.95 for patterns that keep 95 % of the mass.',
  ],
  [{ recall: 0.5, candidates: [] }, 'calibrate: candidates must hold at least one mask.'],
  [
    { recall: 0.5, candidates: [perHead([causal(), everything()])] },
    'calibrate: a mask must be made for this number of heads.\n  expected  1 (shared) or 4 (set by q)\n  got       2 (perHead([causal(), everything()]))\n  remedy    give one mask for all, or one for each.',
  ],
  [
    { recall: 0.5, candidates: [causal()], mask: keyPadding({ lengths: [3, 4, 5] }) },
    'calibrate: a mask must be made for this number of batch rows.',
  ],
])('refuses %j', async (options, words) => {
  await expect(calibrate(...drawn(2), options)).rejects.toThrow(words);
});
