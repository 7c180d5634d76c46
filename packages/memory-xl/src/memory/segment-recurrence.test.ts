import { createKey, type Parameters } from '@longspan/core-tensor';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { add, concat, dispose, grad, mul, slice, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hiddenOf } from '../../test/small-model.ts';
import { emptyMemory, keepMemory, resetRows, type SegmentMemory, segmentRecurrence, zeroMemory } from '../index.ts';

const sizes = { layers: 3, width: 6, heads: 2, headDim: 5, innerWidth: 7, blockSize: 4 };
const close = { atol: 2e-5, rtol: 2e-5 };

/** Livelier than init's, under which attention is nearly even. */
function livelyParameters(key: string): Parameters {
  const drawn = segmentRecurrence({ ...sizes, memoryLength: 0 }).init(createKey(key));
  return Object.fromEntries(
    Object.entries(drawn).map(([name, each]) => {
      if (name.includes('layer_norm')) return [name, each];
      const livelier = mul(each, 20);
      each.dispose();
      return [name, livelier];
    }),
  );
}

/** Reads hidden [b, n, width] in segments that end at the cuts; the memories in between are disposed. */
function inSegments(
  stack: ReturnType<typeof segmentRecurrence>,
  parameters: Parameters,
  hidden: Tensor,
  cuts: readonly number[],
  start: SegmentMemory = emptyMemory(),
): Tensor {
  return tidy(() => {
    const ends = [...cuts, hidden.shape[1] as number];
    let memory = start;
    const parts = ends.map((end, at) => {
      const from = at === 0 ? 0 : (ends[at - 1] as number);
      const step = stack.apply(parameters, { hidden: slice(hidden, [0, from, 0], [-1, end - from, -1]), memory });
      memory = step.memory;
      return step.hidden;
    });
    return concat(parts, 1);
  });
}

const cutsOf = (count: number) =>
  fc.uniqueArray(fc.integer({ min: 1, max: count - 1 }), { maxLength: 6 }).map((cuts) => cuts.sort((a, b) => a - b));

/** Which tokens of [b, n, width] are not all equal in both, in any batch row. */
async function changed(a: Tensor, b: Tensor): Promise<readonly number[]> {
  const [, n = 0, width = 0] = a.shape;
  const [one, other] = [await a.data(), await b.data()];
  const tokens = new Set<number>();
  one.forEach((value, at) => {
    if (value !== other[at]) tokens.add(Math.floor(at / width) % n);
  });
  return [...tokens].sort((x, y) => x - y);
}

onBackends('segment recurrence', () => {
  it.each(['post', 'pre'] as const)(
    '%s-norm: one long segment equals several short ones with memory, where all see equally far',
    async (norm) => {
      const reach = 5;
      const stack = segmentRecurrence({ ...sizes, norm, reach, memoryLength: reach });
      const [parameters, hidden] = [livelyParameters('cuts'), hiddenOf('cuts', [2, 23, sizes.width])];
      const whole = inSegments(stack, parameters, hidden, []);
      const expected = await whole.data();
      await fc.assert(
        fc.asyncProperty(cutsOf(23), async (cuts) => {
          const cut = inSegments(stack, parameters, hidden, cuts);
          expectClose(await cut.data(), expected, close);
          cut.dispose();
        }),
        { numRuns: 12 },
      );
      // The opposite: with less memory than reach, the cuts show.
      const forgetful = segmentRecurrence({ ...sizes, norm, reach, memoryLength: reach - 1 });
      expect(() => expectClose(inSegments(forgetful, parameters, hidden, [11]).dataSync(), expected, close)).toThrow('times the allowance');
      dispose([parameters, hidden, whole]);
    },
  );

  it('with a reach of all, equals one long segment as long as the memory forgets nothing', async () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 40 });
    const [parameters, hidden] = [livelyParameters('all'), hiddenOf('all', [2, 19, sizes.width])];
    const [whole, cut] = [inSegments(stack, parameters, hidden, []), inSegments(stack, parameters, hidden, [3, 4, 12])];
    expectClose(await cut.data(), await whole.data(), close);
    dispose([parameters, hidden, whole, cut]);
  });

  it('predictions reach back N x L tokens through L layers that see N tokens back, and no further', async () => {
    const reach = 4;
    const stack = segmentRecurrence({ ...sizes, reach, memoryLength: reach });
    const parameters = livelyParameters('reach');
    const [length, last] = [31, 30];
    const hidden = hiddenOf('reach', [1, length, sizes.width]);
    const cuts = [5, 7, 14, 15, 23];
    const before = inSegments(stack, parameters, hidden, cuts);
    const farthest = last - reach * sizes.layers;
    for (const [token, isSeen] of [
      [farthest, true],
      [farthest - 1, false],
    ] as const) {
      const spike = hiddenOf('spike', [1, 1, sizes.width]);
      const moved = tidy(() =>
        concat(
          [
            slice(hidden, [0, 0, 0], [1, token, -1]),
            add(slice(hidden, [0, token, 0], [1, 1, -1]), spike),
            slice(hidden, [0, token + 1, 0]),
          ],
          1,
        ),
      );
      const after = inSegments(stack, parameters, moved, cuts);
      const tokens = await changed(before, after);
      expect(tokens.includes(last)).toBe(isSeen);
      expect(tokens[0]).toBe(token); // causal: nothing before it
      expect(Math.max(...tokens)).toBe(Math.min(last, token + reach * sizes.layers));
      dispose([spike, moved, after]);
    }
    dispose([parameters, hidden, before]);
  });

  it('gradients reach back N x L tokens within a segment, and stop where it begins', async () => {
    const reach = 4;
    const stack = segmentRecurrence({ ...sizes, reach, memoryLength: reach });
    const parameters = livelyParameters('gradient');
    const hidden = hiddenOf('gradient', [1, 31, sizes.width]);
    const cotangent = hiddenOf('cotangent', [1, 1, sizes.width]);
    const touched = async (cuts: readonly number[]): Promise<readonly number[]> => {
      const gradient = grad((x: Tensor) => sum(mul(slice(inSegments(stack, parameters, x, cuts), [0, 30, 0], [1, 1, -1]), cotangent)))(
        hidden,
      );
      const values = await gradient.data();
      gradient.dispose();
      return Array.from({ length: 31 }, (_, token) => token).filter((token) =>
        values.slice(token * sizes.width, (token + 1) * sizes.width).some((value) => value !== 0),
      );
    };
    const from = (first: number): readonly number[] => Array.from({ length: 31 - first }, (_, at) => first + at);
    expect(await touched([])).toEqual(from(30 - reach * sizes.layers));
    expect(await touched([25])).toEqual(from(25));
    dispose([parameters, hidden, cotangent]);
  });

  it('with the paper’s masks reaches L segments back through memories as long as a segment, and no further', async () => {
    const n = 4;
    const stack = segmentRecurrence({ ...sizes, memoryLength: n });
    const parameters = livelyParameters('segments');
    const hidden = hiddenOf('segments', [1, 6 * n, sizes.width]);
    const cuts = [1, 2, 3, 4, 5].map((at) => at * n);
    const before = inSegments(stack, parameters, hidden, cuts);
    const moved = tidy(() => concat([add(slice(hidden, [0, 0, 0], [1, n, -1]), 1.5), slice(hidden, [0, n, 0])], 1));
    const after = inSegments(stack, parameters, moved, cuts);
    // The first segment is seen by the L after it; through the first query of a memory, not only the last.
    expect(Math.max(...(await changed(before, after)))).toBe((1 + sizes.layers) * n - 1);
    dispose([parameters, hidden, before, moved, after]);
  });

  it('changing a token changes no output before it', async () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 3 });
    const [parameters, hidden] = [livelyParameters('causal'), hiddenOf('causal', [2, 12, sizes.width])];
    const before = inSegments(stack, parameters, hidden, [5]);
    for (const token of [0, 4, 5, 8, 11]) {
      const moved = tidy(() =>
        concat(
          [slice(hidden, [0, 0, 0], [2, token, -1]), mul(slice(hidden, [0, token, 0], [2, 1, -1]), 2), slice(hidden, [0, token + 1, 0])],
          1,
        ),
      );
      const after = inSegments(stack, parameters, moved, [5]);
      expect((await changed(before, after))[0]).toBe(token);
      dispose([moved, after]);
    }
    dispose([parameters, hidden, before]);
  });

  it('a row that is reset equals a fresh start, and the other rows go on as if nothing had been', async () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 9 });
    const parameters = livelyParameters('reset');
    const [first, second, third] = ['a', 'b', 'c'].map((name) => hiddenOf(name, [3, 5, sizes.width])) as [Tensor, Tensor, Tensor];
    for (const start of ['empty', 'zeros'] as const) {
      const beginning = start === 'empty' ? emptyMemory() : zeroMemory({ layers: 3, batch: 3, length: 9, width: sizes.width });
      const outcome = tidy(() => {
        const one = stack.apply(parameters, { hidden: first, memory: beginning });
        const cut = resetRows(one.memory, [1], { start });
        const two = stack.apply(parameters, { hidden: second, memory: cut });
        const three = stack.apply(parameters, { hidden: third, memory: two.memory });
        const untouched = stack.apply(parameters, {
          hidden: third,
          memory: stack.apply(parameters, { hidden: second, memory: one.memory }).memory,
        });
        const fresh = stack.apply(parameters, {
          hidden: third,
          memory: stack.apply(parameters, { hidden: second, memory: beginning }).memory,
        });
        return { three: three.hidden, untouched: untouched.hidden, fresh: fresh.hidden };
      });
      const row = async (x: Tensor, at: number): Promise<Float32Array> => {
        const cut = slice(x, [at, 0, 0], [1, -1, -1]);
        const values = await cut.data<'float32'>();
        cut.dispose();
        return values;
      };
      expectClose(await row(outcome.three, 0), await row(outcome.untouched, 0), close);
      expectClose(await row(outcome.three, 1), await row(outcome.fresh, 1), close);
      expectClose(await row(outcome.three, 2), await row(outcome.untouched, 2), close);
      expect(await row(outcome.three, 1)).not.toEqual(await row(outcome.untouched, 1));
      dispose([outcome, ...beginning.layers]);
    }
    dispose([parameters, first, second, third]);
  });

  it('never changes the memory it is given, and hands out one of its own', async () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 4 });
    const [parameters, hidden] = [livelyParameters('pure'), hiddenOf('pure', [2, 3, sizes.width])];
    const first = stack.apply(parameters, { hidden });
    const copies = await Promise.all(first.memory.layers.map(async (layer) => Array.from(await layer.data())));
    const second = stack.apply(parameters, { hidden, memory: first.memory });
    expect(await Promise.all(first.memory.layers.map(async (layer) => Array.from(await layer.data())))).toEqual(copies);
    expect(first.memory.lengths).toEqual([3, 3]);
    expect(second.memory.lengths).toEqual([4, 4]);
    dispose([...first.memory.layers, first.hidden]);
    // What is left does not depend on what was disposed, nor on the inputs.
    hidden.dispose();
    expect(Array.from(await (second.memory.layers[0] as Tensor).data()).every(Number.isFinite)).toBe(true);
    dispose([...second.memory.layers, second.hidden, parameters]);
  });

  it('no gradient passes through memory: that of two segments is that of the second with its memory as a constant', async () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 4 });
    const parameters = livelyParameters('stopGradient');
    const [early, late, cotangent] = ['x', 'y', 'z'].map((name) => hiddenOf(name, [1, 5, sizes.width])) as [Tensor, Tensor, Tensor];
    const name = 'layers.1.dec_attn.qkv_net.weight';
    let memory = emptyMemory();
    const both = grad((weight: Tensor) => {
      const all = { ...parameters, [name]: weight };
      const first = stack.apply(all, { hidden: early });
      memory = keepMemory(first.memory);
      return sum(mul(stack.apply(all, { hidden: late, memory: first.memory }).hidden, cotangent));
    })(parameters[name] as Tensor);
    const alone = grad((weight: Tensor) =>
      sum(mul(stack.apply({ ...parameters, [name]: weight }, { hidden: late, memory }).hidden, cotangent)),
    )(parameters[name] as Tensor);
    expectClose(await both.data(), await alone.data(), { atol: 1e-7, rtol: 1e-6 });
    expect(Math.max(...(await alone.data()).map(Math.abs))).toBeGreaterThan(1e-3);
    dispose([both, alone, early, late, cotangent, parameters, ...memory.layers]);
  });
});

describe('segmentRecurrence', () => {
  it('refuses a memory of other layers, naming both', () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 4 });
    const parameters = stack.init(createKey(0));
    const memory = zeroMemory({ layers: 2, batch: 1, length: 4, width: sizes.width });
    expect(() => stack.apply(parameters, { hidden: hiddenOf('h', [1, 3, sizes.width]), memory })).toThrow(
      [
        'segmentRecurrence: the memory is not of these layers and batch rows.',
        '  expected  3 layers of 1 batch rows',
        '  got       2 layers of 1 batch rows, 1 lengths',
        '  remedy    give the memory that the same layers returned for the segment before, or emptyMemory().',
      ].join('\n'),
    );
  });
});
