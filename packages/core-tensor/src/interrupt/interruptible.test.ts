import { expectClose, onBackends, watchHeap, withBackend } from '@longspan/tooling/expect';
import { dispose, getBackend, memory, mul, type Tensor, tensor1d, valueAndGrads } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockSparseAttention } from '../contracts/block-sparse-attention/index.ts';
import { createKey } from '../key/index.ts';
import { chain } from '../layer/chain.ts';
import { defineLayer } from '../layer/define-layer.ts';
import { feedForward } from '../layer/feed-forward.ts';
import { mergeHeads, splitHeads } from '../layer/heads.ts';
import type { Layer } from '../layer/layer.ts';
import { linear } from '../layer/linear.ts';
import { sharedCoverage } from '../layout/coverage.ts';
import { createLayout } from '../layout/create-layout.ts';
import { normal } from '../tensor/random.ts';
import { vjp } from '../tensor/tfjs-engine.ts';
import { interruptible, interruptionPoint, isInterruptible } from './interruptible.ts';

const width = 16;
const length = 48;

const layout = createLayout(sharedCoverage({ allows: (query, key) => key <= query && key > query - 20, cover: () => 'some' }), {
  queryLength: length,
  blockSize: 8,
});

const attention = (): Layer =>
  defineLayer({
    name: 'attention',
    parts: { query: linear({ inFeatures: width, outFeatures: width }) },
    run({ parts }, x) {
      const heads = splitHeads(parts.query(x), 2);
      return mergeHeads(blockSparseAttention(heads, heads, heads, { layout }).out);
    },
  });

const model = chain({
  attention: attention(),
  feedForward: feedForward({ width, innerWidth: 40, activation: 'gelu', chunkLength: 32 }),
  output: linear({ inFeatures: width, outFeatures: width }),
});

class Stopped extends Error {}

/** Throws at the point of that number, from 0 on, and counts them. */
function stopAt(nth: number): { readonly check: () => void; readonly points: () => number } {
  let points = 0;
  return {
    check: () => {
      if (points++ >= nth) throw new Stopped();
    },
    points: () => points,
  };
}

onBackends('a run that can be ended', () => {
  const setUp = () => ({ parameters: model.init(createKey(1)), x: normal(createKey('x'), [2, length, width]) });

  it('gives what it gives otherwise, and has points between layers and within attention and products', async () => {
    const { parameters, x } = setUp();
    const { check, points } = stopAt(Number.POSITIVE_INFINITY);
    const plain = model.apply(parameters, x);
    const found = interruptible(check, () => model.apply(parameters, x));
    expectClose(await found.data(), await plain.data(), { atol: 1e-6, rtol: 1e-6 });
    const layers = 5;
    const blockRows = 2 * 2 * (length / 8);
    expect(points()).toBeGreaterThan(layers + blockRows);
    dispose([plain, found, x, parameters]);
  });

  it('ends at each of its points, forward and backward, and leaves neither tensors nor scratch behind', async () => {
    const { parameters, x } = setUp();
    const weight = parameters['output.weight'] as Tensor;
    const cotangent = normal(createKey('cotangent'), [2, length, width]);
    const runs = {
      forward: () => [model.apply(parameters, x)],
      gradient: () => {
        const { value, grads } = valueAndGrads((y: Tensor, w: Tensor) => model.apply({ ...parameters, 'output.weight': w }, y))(
          [x, weight],
          cotangent,
        );
        return [value, ...grads];
      },
      'a vjp': () => {
        const { value, gradients } = vjp(() => [model.apply(parameters, x)], [x], [cotangent]);
        return [value, ...gradients.filter((each) => each !== null)];
      },
    };
    for (const [which, run] of Object.entries(runs)) {
      const whole = stopAt(Number.POSITIVE_INFINITY);
      const expected = interruptible(whole.check, run);
      const count = whole.points();
      const held = getBackend() === 'wasm' ? watchHeap() : undefined;
      const before = memory();
      for (let nth = 0; nth < count; nth += Math.ceil(count / 10)) {
        const { check, points } = stopAt(nth);
        expect(() => interruptible(check, run)).toThrow(Stopped);
        expect(points()).toBe(nth + 1); // nobody has caught it and gone on
        expect([which, nth, memory().numTensors, memory().numDataBuffers, held?.().count ?? 0]).toEqual([
          which,
          nth,
          before.numTensors,
          before.numDataBuffers,
          0,
        ]);
        expect(isInterruptible()).toBe(false);
      }
      const again = run();
      for (const [at, each] of again.entries())
        expectClose(await each.data(), await (expected[at] as Tensor).data(), { atol: 1e-5, rtol: 1e-5 });
      dispose([...expected, ...again]);
    }
    dispose([x, cotangent, parameters]);
  });
});

describe('interruptible', () => {
  beforeAll(() => withBackend('cpu'));

  it('asks all checks of runs within runs, the outer ones first, and each as long as its run takes', () => {
    const asked: string[] = [];
    interruptible(
      () => asked.push('outer'),
      () => {
        interruptible(() => asked.push('inner'), interruptionPoint);
        asked.push('after');
        interruptionPoint();
      },
    );
    interruptionPoint();
    expect(asked).toEqual(['outer', 'outer', 'inner', 'outer', 'inner', 'after', 'outer']);
  });

  it('ends before it begins where the check throws at once, with whatever it throws', () => {
    let isBegun = false;
    const run = () => {
      isBegun = true;
    };
    const reasons = [undefined, 'a text', new DOMException('over', 'TimeoutError')];
    for (const reason of reasons) {
      let caught: unknown = 'nothing';
      try {
        interruptible(() => {
          throw reason;
        }, run);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(reason);
    }
    expect(isBegun).toBe(false);
  });

  it('takes nothing that computes later', () => {
    expect(() =>
      interruptible(
        () => {},
        async () => 1,
      ),
    ).toThrow(
      'interruptible: run must compute at once.\n' +
        '  expected  a function that is not async\n' +
        '  got       a promise\n' +
        '  remedy    await what comes before and after outside: interruptible(check, () => model.apply(parameters, ids)).',
    );
    expect(() => interruptible('now' as never, () => 1)).toThrow('interruptible: check must be a function.');
  });

  it('under a gradient that goes on, keeps its tape', async () => {
    const { value, grads } = valueAndGrads((x: Tensor) => {
      const square = mul(x, x);
      try {
        interruptible(
          () => {
            throw new Stopped();
          },
          () => mul(square, x),
        );
      } catch {
        return mul(square, 3);
      }
      return square;
    })([tensor1d([2, 5])], tensor1d([1, 1]));
    expect(await value.data()).toEqual(Float32Array.of(12, 75));
    expect(await (grads[0] as Tensor).data()).toEqual(Float32Array.of(12, 30));
  });
});
