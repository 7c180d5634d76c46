import { createKey, disposeParameters, type Key, randomBits, randomPermutation } from '@longspan/core-tensor';
import { integer } from '@longspan/tooling/arbitrary';
import { defined, drawn, effort, expectClose, leaked, onBackends, onTrainingBackends, tensorOf } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import {
  concat,
  dispose,
  grads,
  memory,
  mul,
  ones,
  type Scalar,
  slice,
  sum,
  type Tensor,
  tidy,
  train,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sparseAttention } from '../../attention/sparse-attention.ts';
import { causal, everything, slidingWindow } from '../../mask/index.ts';
import { blockTopK, selectBlocks } from '../block-top-k.ts';
import { blockMass } from './block-mass.ts';
import { blockSelector, selectorLoss } from './block-selector.ts';

const [heads, n, d, blockSize] = [2, 128, 8, 16];
const blocks = n / blockSize;

/**
 * Each key block has a needle of one of 8 directions and its opposite, among weak keys: its mean says nothing. The queries of a block
 * look for the needles of one direction.
 */
function needles(key: Key): { q: Tensor; k: Tensor } {
  const [ofQueries, ofKeys] = [drawn(key.fold('q'), 1, heads, n, d), drawn(key.fold('k'), 1, heads, n, d)];
  const add = ({ values }: reference.Numbers, head: number, token: number, axis: number, amount: number): void => {
    const at = (head * n + token) * d + axis;
    values[at] = values[at]! + amount;
  };
  for (const { values } of [ofQueries, ofKeys]) for (let at = 0; at < values.length; at++) values[at] = 0.3 * values[at]!;
  for (let head = 0; head < heads; head++) {
    const kinds = randomPermutation(key.fold(`kinds ${head}`), blocks);
    const wanted = randomPermutation(key.fold(`wanted ${head}`), blocks);
    for (let block = 0; block < blocks; block++) {
      add(ofKeys, head, block * blockSize + 3, kinds[block]!, 6);
      add(ofKeys, head, block * blockSize + 9, kinds[block]!, -6);
      for (let at = 0; at < blockSize; at++) add(ofQueries, head, block * blockSize + at, wanted[block]!, 4);
    }
  }
  return { q: tensorOf(ofQueries), k: tensorOf(ofKeys) };
}

/** The share of the true mass that the chosen blocks hold. */
async function recall(mass: Tensor, chosen: Tensor): Promise<number> {
  const [shares, lists] = [await mass.data(), await chosen.data()];
  const width = chosen.shape[3]!;
  let total = 0;
  lists.forEach((block, at) => {
    if (block >= 0) total += shares[Math.floor(at / width) * mass.shape[3]! + block]!;
  });
  return total / (lists.length / width);
}

const sizes = { queryLength: n, keyLength: n, blockSize };

onBackends('blockMass', () => {
  it('equals the softmax weights summed over blocks of keys, on average over blocks of queries', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          b: integer(1, 2),
          hkv: integer(1, 2),
          shared: integer(1, 2),
          nq: integer(1, 21),
          nk: integer(1, 23),
          d: integer(1, 5),
          size: integer(1, 9),
          mask: fc.constantFrom(everything(), causal(), slidingWindow({ left: 3, right: 1 })),
          seed: integer(0, 1e6),
        }),
        async ({ b, hkv, shared, nq, nk, d, size, mask, seed }) => {
          const [one, two] = createKey(seed).split(2);
          const [q, k] = [drawn(one!, b, hkv * shared, nq, d), drawn(two!, b, hkv, nk, d)];
          const mass = blockMass(tensorOf(q), tensorOf(k), { blockSize: size, mask });
          const isVisible = (query: number, key: number): boolean => mask.allows(query + nk - nq, key);
          const expected = await defined([q, k], (q, k) => reference.blockMass(q, k, { blockSize: size, isVisible }));
          expectClose(await mass.data(), expected.values, { atol: 1e-6, rtol: 1e-4 });
        },
      ),
      { numRuns: effort(5, 15) },
    );
  });
});

onBackends('blockSelector', () => {
  it('its blocks join a window in one softmax, and neither it nor its training moves queries or keys', async () => {
    const selector = blockSelector({ heads, headDim: d, blockSize, causal: true });
    const parameters = selector.init(createKey('selector'));
    const { q, k } = needles(createKey('x'));
    const select = (): Tensor => selectBlocks(selector.apply(parameters, q, { keys: k }), { topK: 1, causal: true, ...sizes });
    const run = (): Record<string, Tensor> =>
      tidy(() => ({ ...sparseAttention(q, k, q, { mask: slidingWindow({ left: 3, right: 0 }), selected: select(), blockSize }) }));
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
    const slopes = grads(
      (one: Tensor, other: Tensor): Scalar =>
        sum(
          tidy(() =>
            mul(concat([one, other], 2), 0)
              .sum()
              .add(selector.apply(parameters, one, { keys: other }).sum()),
          ),
        ) as Scalar,
    )([q, k]);
    for (const slope of slopes) expect(Math.max(...(await slope.abs().data()))).toBe(0);
    disposeParameters(parameters);
  });

  it('its loss refuses scores of other blocks than the lengths have', () => {
    const scores = zeros([1, 2, 2, 2]);
    expect(() => selectorLoss(scores, scores, { queryLength: 4, keyLength: 7, blockSize: 2 })).toThrow(
      'selectorLoss: scores must have the shape [b=1, h=2, 2, 4].',
    );
  });

  it('with causal, changing a token changes no score of its block or an earlier one as a query', async () => {
    const selector = blockSelector({ heads, headDim: d, blockSize, causal: true });
    const parameters = selector.init(createKey('selector'));
    const { q, k } = needles(createKey('x'));
    const other = needles(createKey('other'));
    const at = 3 * blockSize + 1;
    const changed = (x: Tensor, y: Tensor): Tensor =>
      concat([slice(x, [0, 0, 0, 0], [1, heads, at, d]), slice(y, [0, 0, at, 0], [1, heads, n - at, d])], 2);
    const past = (x: Tensor): Promise<Float32Array> => slice(x, [0, 0, 0, 0], [1, heads, 4, 3]).data<'float32'>();
    const before = selector.apply(parameters, q, { keys: k });
    const after = selector.apply(parameters, changed(q, other.q), { keys: changed(k, other.k) });
    expectClose(await past(after), await past(before), { atol: 1e-6, rtol: 1e-6 });
  });
});

onTrainingBackends('blockSelector', () => {
  it('trained to the mass of some sequences, finds that of another where means find nothing', async () => {
    const selector = blockSelector({ heads, headDim: d, blockSize });
    const parameters = Object.fromEntries(
      Object.entries(selector.init(createKey('selector'))).map(([name, tensor]) => {
        const made = variable(tensor);
        tensor.dispose();
        return [name, made];
      }),
    ) as Record<string, Variable>;
    const lessons = Array.from({ length: 12 }, (_, at) => {
      const { q, k } = needles(createKey(`lesson ${at}`));
      return { q, k, mass: blockMass(q, k, { blockSize }) };
    });
    const test = needles(createKey('test'));
    const mass = blockMass(test.q, test.k, { blockSize });
    const found = async (): Promise<number> =>
      recall(
        mass,
        tidy(() => selectBlocks(selector.apply(parameters, test.q, { keys: test.k }), { topK: 2, ...sizes })),
      );
    const optimizer = train.adam(0.02);
    const losses: number[] = [];
    const step = async (at: number): Promise<void> => {
      const { q, k, mass: goal } = lessons[at % lessons.length]!;
      const loss = optimizer.minimize(() => selectorLoss(selector.apply(parameters, q, { keys: k }), goal, sizes), true)!;
      losses.push((await loss.data())[0]!);
      loss.dispose();
    };
    await step(0);
    const { numTensors } = memory();
    for (let at = 1; at < 120; at++) await step(at);
    expect(memory().numTensors).toBe(numTensors);

    const random = Array.from(randomBits(createKey('random'), heads * blocks), (bits) => bits % blocks);
    const atRandom = await recall(
      mass,
      tensorOf({ shape: [1, heads, blocks, 2], values: Float32Array.from(random.flatMap((one) => [one, (one + 3) % blocks])) }),
    );
    const byMeans = await recall(mass, blockTopK(test.q, test.k, { topK: 2, blockSize }));
    const learned = await found();
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
    expect(learned).toBeGreaterThan(0.9);
    expect(learned).toBeGreaterThan(Math.max(atRandom, byMeans) + 0.4);
    optimizer.dispose();
    dispose([parameters, lessons, test, mass]);
  });
});

it('says what does not fit', () => {
  expect(() => blockSelector({ heads: 2, headDim: 0 })).toThrow('blockSelector: headDim must be an integer of at least 1');
  expect(() => blockSelector({ heads: 3, keyHeads: 2, headDim: 4 })).toThrow(
    'the number of query heads must be a multiple of the number of key heads.',
  );
  const selector = blockSelector({ heads: 2, headDim: 4 });
  const x = zeros([1, 2, 8, 3]);
  expect(() => selector.apply(selector.init(createKey(1)), x, { keys: x })).toThrow(
    `blockSelector: x and context.keys must have the sizes that the selector was made for.
  expected  heads 2, keyHeads 2, headDim 4
  got       heads 2, keyHeads 2, headDim 3
  remedy    make the selector with the sizes of this attention.`,
  );
  expect(() => selector.apply(selector.init(createKey(1)), x, { keyss: x } as never)).toThrow('did you mean keys?');
  expect(() => selectorLoss(ones([1, 1, 2, 2]), ones([1, 1, 2, 3]), { queryLength: 4, keyLength: 4, blockSize: 2 })).toThrow(
    'mass must have the shape [',
  );
  expect(() => blockMass(x, x, { blockSize: -1 })).toThrow('blockMass: blockSize must be an integer from 1 to 4096');
});
