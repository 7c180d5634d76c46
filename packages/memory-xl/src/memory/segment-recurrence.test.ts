import { createKey, disposeState, keepState, type LayerState, type Parameters } from '@longspan/core-tensor';
import { ExplainedError } from '@longspan/core-tensor/error';
import { effort, expectClose, onFewerBackends } from '@longspan/tooling/expect';
import { add, concat, dispose, grad, mul, slice, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hiddenOf } from '../../test/small-model.ts';
import { resetRows, segmentRecurrence, zeroMemory } from '../index.ts';

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
function inSegments(stack: ReturnType<typeof segmentRecurrence>, parameters: Parameters, hidden: Tensor, cuts: readonly number[]): Tensor {
  return tidy(() => {
    const ends = [...cuts, hidden.shape[1] as number];
    let state: LayerState = {};
    const parts = ends.map((end, at) => {
      const from = at === 0 ? 0 : (ends[at - 1] as number);
      const step = stack.apply(parameters, slice(hidden, [0, from, 0], [-1, end - from, -1]), { state });
      state = step.state;
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

onFewerBackends('segment recurrence', () => {
  it.each(['post', 'pre'] as const)(
    '%s-norm: one long segment equals several short ones with memory, where all attend equally far',
    async (normalization) => {
      const left = 5;
      const stack = segmentRecurrence({ ...sizes, normalization, window: { left }, memoryLength: left });
      const [parameters, hidden] = [livelyParameters('cuts'), hiddenOf('cuts', [2, 23, sizes.width])];
      const whole = inSegments(stack, parameters, hidden, []);
      const expected = await whole.data();
      await fc.assert(
        fc.asyncProperty(cutsOf(23), async (cuts) => {
          const cut = inSegments(stack, parameters, hidden, cuts);
          expectClose(await cut.data(), expected, close);
          cut.dispose();
        }),
        { numRuns: effort(5, 12) },
      );
      // The opposite: with less memory than the window, the cuts show.
      const forgetful = segmentRecurrence({ ...sizes, normalization, window: { left }, memoryLength: left - 1 });
      const forgot = inSegments(forgetful, parameters, hidden, [11]);
      const found = await forgot.data();
      expect(() => expectClose(found, expected, close)).toThrow('times the allowance');
      dispose([parameters, hidden, whole, forgot]);
    },
  );

  it('without a window, equals one long segment as long as the memory forgets nothing', async () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 40 });
    const [parameters, hidden] = [livelyParameters('all'), hiddenOf('all', [2, 19, sizes.width])];
    const [whole, cut] = [inSegments(stack, parameters, hidden, []), inSegments(stack, parameters, hidden, [3, 4, 12])];
    expectClose(await cut.data(), await whole.data(), close);
    dispose([parameters, hidden, whole, cut]);
  });

  it.each(['post', 'pre'] as const)(
    '%s-norm: steps of one token equal one long segment, where all attend equally far',
    async (normalization) => {
      const n = 14;
      const [parameters, hidden] = [livelyParameters('steps'), hiddenOf('steps', [2, n, sizes.width])];
      for (const rest of [{ memoryLength: n }, { window: { left: 4 }, memoryLength: 4 }]) {
        const stack = segmentRecurrence({ ...sizes, normalization, ...rest });
        const everyToken = Array.from({ length: n - 1 }, (_, at) => at + 1);
        const [whole, steps] = [inSegments(stack, parameters, hidden, []), inSegments(stack, parameters, hidden, everyToken)];
        expectClose(await steps.data(), await whole.data(), close);
        dispose([whole, steps]);
      }
      dispose([parameters, hidden]);
    },
  );

  it('predictions reach back N x L tokens through L layers that attend N tokens back, and no further', async () => {
    const reach = 4;
    const stack = segmentRecurrence({ ...sizes, window: { left: reach }, memoryLength: reach });
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
      const altered = tidy(() =>
        concat(
          [
            slice(hidden, [0, 0, 0], [1, token, -1]),
            add(slice(hidden, [0, token, 0], [1, 1, -1]), spike),
            slice(hidden, [0, token + 1, 0]),
          ],
          1,
        ),
      );
      const after = inSegments(stack, parameters, altered, cuts);
      const tokens = await changed(before, after);
      expect(tokens.includes(last)).toBe(isSeen);
      expect(tokens[0]).toBe(token); // causal: nothing before it
      expect(Math.max(...tokens)).toBe(Math.min(last, token + reach * sizes.layers));
      dispose([spike, altered, after]);
    }
    dispose([parameters, hidden, before]);
  });

  it('gradients reach back N x L tokens within a segment, and stop where it begins', async () => {
    const reach = 4;
    const stack = segmentRecurrence({ ...sizes, window: { left: reach }, memoryLength: reach });
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
    const altered = tidy(() => concat([add(slice(hidden, [0, 0, 0], [1, n, -1]), 1.5), slice(hidden, [0, n, 0])], 1));
    const after = inSegments(stack, parameters, altered, cuts);
    // The first segment is visible to the L after it; through the first query of a memory, not only the last.
    expect(Math.max(...(await changed(before, after)))).toBe((1 + sizes.layers) * n - 1);
    dispose([parameters, hidden, before, altered, after]);
  });

  it('changing a token changes no output before it', async () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 3 });
    const [parameters, hidden] = [livelyParameters('causal'), hiddenOf('causal', [2, 12, sizes.width])];
    const before = inSegments(stack, parameters, hidden, [5]);
    for (const token of [0, 4, 5, 8, 11]) {
      const altered = tidy(() =>
        concat(
          [slice(hidden, [0, 0, 0], [2, token, -1]), mul(slice(hidden, [0, token, 0], [2, 1, -1]), 2), slice(hidden, [0, token + 1, 0])],
          1,
        ),
      );
      const after = inSegments(stack, parameters, altered, [5]);
      expect((await changed(before, after))[0]).toBe(token);
      dispose([altered, after]);
    }
    dispose([parameters, hidden, before]);
  });

  it('a row that is reset equals a fresh start, and the other rows go on as if nothing had been', async () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 9 });
    const parameters = livelyParameters('reset');
    const [first, second, third] = ['a', 'b', 'c'].map((name) => hiddenOf(name, [3, 5, sizes.width])) as [Tensor, Tensor, Tensor];
    for (const start of ['empty', 'zeros'] as const) {
      const beginning = start === 'empty' ? {} : zeroMemory(stack, { batch: 3, length: 9, width: sizes.width });
      const outcome = tidy(() => {
        const step = (x: Tensor, state: LayerState) => stack.apply(parameters, x, { state });
        const one = step(first, beginning);
        const two = step(second, resetRows(one.state, [1], { start }));
        const three = step(third, two.state);
        const untouched = step(third, step(second, one.state).state);
        const fresh = step(third, step(second, beginning).state);
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
      disposeState(beginning);
      dispose(outcome);
    }
    dispose([parameters, first, second, third]);
  });

  it('never changes the memory it is given, and hands out one of its own', async () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 4 });
    const [parameters, hidden] = [livelyParameters('pure'), hiddenOf('pure', [2, 3, sizes.width])];
    const first = stack.apply(parameters, hidden);
    const tensorsOf = (state: LayerState): Tensor[] => Object.values(state).filter((value) => typeof value !== 'number');
    const numbers = () => Promise.all(tensorsOf(first.state).map(async (memory) => Array.from(await memory.data())));
    const copies = await numbers();
    const second = stack.apply(parameters, hidden, { state: first.state });
    expect(await numbers()).toEqual(copies);
    const lengths = (state: LayerState) => [0, 1].map((row) => state[`layers.2.dec_attn.lengths.${row}`]);
    expect(lengths(first.state)).toEqual([3, 3]);
    expect(lengths(second.state)).toEqual([4, 4]);
    disposeState(first.state);
    first.hidden.dispose();
    // What is left does not depend on what was disposed, nor on the inputs.
    hidden.dispose();
    const [memory] = tensorsOf(second.state) as [Tensor];
    expect(Array.from(await memory.data()).every(Number.isFinite)).toBe(true);
    disposeState(second.state);
    dispose([second.hidden, parameters]);
  });

  it('no gradient passes through memory: that of two segments is that of the second with its memory as a constant', async () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 4 });
    const parameters = livelyParameters('stopGradient');
    const [early, late, cotangent] = ['x', 'y', 'z'].map((name) => hiddenOf(name, [1, 5, sizes.width])) as [Tensor, Tensor, Tensor];
    const name = 'layers.1.dec_attn.qkv_net.weight';
    let state: LayerState = {};
    const both = grad((weight: Tensor) => {
      const all = { ...parameters, [name]: weight };
      const first = stack.apply(all, early);
      state = keepState(first.state);
      return sum(mul(stack.apply(all, late, { state }).hidden, cotangent));
    })(parameters[name] as Tensor);
    const alone = grad((weight: Tensor) => sum(mul(stack.apply({ ...parameters, [name]: weight }, late, { state }).hidden, cotangent)))(
      parameters[name] as Tensor,
    );
    expectClose(await both.data(), await alone.data(), { atol: 1e-7, rtol: 1e-6 });
    expect(Math.max(...(await alone.data()).map(Math.abs))).toBeGreaterThan(1e-3);
    disposeState(state);
    dispose([both, alone, early, late, cotangent, parameters]);
  });
});

describe('segmentRecurrence', () => {
  it.each([5, null, 'text', [1, 2], Float32Array.of(1)])('rejects a memory that is no tensor: %o', (memory) => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 4 });
    const name = 'layers.1.dec_attn.memory';
    const state = { ...zeroMemory(stack, { batch: 1, length: 4, width: sizes.width }), [name]: memory } as LayerState;
    const apply = (): unknown => stack.apply(stack.init(createKey(0)), hiddenOf('h', [1, 3, sizes.width]), { state });
    expect(apply).toThrow(ExplainedError);
    expect(apply).toThrow(new RegExp(`^segmentRecurrence: (context[.])?state[.]${name} must be a tensor`));
  });

  it('rejects memories of other layers and batch rows, naming both', () => {
    const stack = segmentRecurrence({ ...sizes, memoryLength: 4 });
    const parameters = stack.init(createKey(0));
    const x = hiddenOf('h', [1, 3, sizes.width]);
    const { 'layers.1.dec_attn.memory': _, ...incomplete } = zeroMemory(stack, { batch: 1, length: 4, width: sizes.width });
    expect(() => stack.apply(parameters, x, { state: incomplete })).toThrow(
      [
        'segmentRecurrence: the state must hold a memory of each layer, of these batch rows and of one length.',
        '  expected  3 memories [1, m, 6]',
        '  got       [1, 4, 6] [1, 4, 6]',
        '  remedy    pass the state that the same layers gave for the segment before, zeroMemory(layers, …), or none.',
      ].join('\n'),
    );
    expect(() => stack.apply(parameters, x, { state: zeroMemory(stack, { batch: 2, length: 4, width: sizes.width }) })).toThrow(
      'of these batch rows',
    );
    const deeper = segmentRecurrence({ ...sizes, layers: 4, memoryLength: 4 });
    expect(() => stack.apply(parameters, x, { state: zeroMemory(deeper, { batch: 1, length: 4, width: sizes.width }) })).toThrow(
      'the state must be one that this layer gave',
    );
  });
});
