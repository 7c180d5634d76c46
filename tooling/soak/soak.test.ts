import { backend, fill, ones, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { stockTolerance as tolerance } from '../conformance/stock/call.ts';
import { withBackend } from '../expect/backends.ts';
import { callAt, type SoakCall } from './all-calls.ts';
import { type HeapBlocks, watchHeap } from './heap-blocks.ts';
import { numbersOf } from './numbers.ts';
import { type SoFar, soak } from './soak.ts';
import { summary } from './summary.ts';

let heap: () => HeapBlocks;
beforeAll(async () => {
  await withBackend('wasm');
  heap = watchHeap();
});

const call = (label: string, run: () => Tensor): SoakCall => ({ label, tolerance, run: () => ({ out: run() }) });
const three = call('three', () => tensor1d([3]));

/** A soak of `count` calls that are all alike but for the one at 5, every eighth held against the number three. */
async function soaked(fifth: SoakCall, count = 130, entered: number[] = []): Promise<SoFar> {
  let asked = 0;
  const place = {
    heap,
    collectGarbage: () => {},
    enter: async (threads: number) => {
      entered.push(threads);
      return () => void entered.push(-threads);
    },
  };
  let at = -1;
  return soak(place, {
    callAt: (number) => {
      at = number;
      return number === 5 || number === 8 ? fifth : three;
    },
    expected: async () => {
      asked++;
      return new Map([['out', [3]]]);
    },
    passed: () => (at + 1) / count,
    isStopped: () => asked > count,
    onInterval: () => {},
  });
}

describe('soak', () => {
  it('finds nothing where nothing is wrong, on one thread and two in turn', async () => {
    const entered: number[] = [];
    const found = await soaked(three, 130, entered);
    expect(found).toMatchObject({ calls: 130, checked: 17, faults: [] });
    expect(found.samples).toHaveLength(60);
    expect(entered).toEqual([1, -1, 2, -2, 1, -1, 2, -2, 1, -1, 2, -2]);
  });

  it.each([
    ['a tensor', 'left behind +1 tensors, +1 buffers, +8 bytes of tensors, +1 heap blocks, +8 bytes of heap', () => ones([2])],
    [
      'scratch',
      'left behind +1 heap blocks, +100 bytes of heap',
      () => (backend() as object as { wasm: { _malloc(bytes: number): void } }).wasm._malloc(100),
    ],
  ])('names the calls that leave %s behind', async (_, words, leave) => {
    const leaking = call('leaking', () => {
      leave();
      return tensor1d([3]);
    });
    expect((await soaked(leaking)).faults).toEqual([`call 5, 1 thread, leaking: ${words}`, `call 8, 1 thread, leaking: ${words}`]);
  });

  it('names a wrong number where it is held against the reference, and NaN everywhere', async () => {
    expect((await soaked(call('wrong', () => tensor1d([3.01])))).faults).toEqual([
      expect.stringMatching(/^call 8, 1 thread, wrong: out: element 0 is 3[.]009.*, expected 3 /),
    ]);
    const faults = (await soaked(call('not a number', () => fill([1], Number.NaN)))).faults;
    expect(faults).toEqual([5, 8].map((at) => `call ${at}, 1 thread, not a number: out: element 0 is NaN`));
  });

  it('goes on after a call that throws', async () => {
    const throwing = call('throwing', () => {
      throw new Error('no');
    });
    const found = await soaked(throwing);
    expect(found.faults).toEqual([5, 8].map((at) => `call ${at}, 1 thread, throwing: no`));
    expect(found.calls).toBe(128);
  });
});

describe('summary', () => {
  const flat = Array.from({ length: 20 }, () => ({ wasmHeap: 5e6, jsHeap: 6e7, resident: 3e8 }));
  const good: SoFar = { calls: 9, checked: 2, faults: [], samples: flat };

  it('is good where all is flat and right', () => {
    expect(summary(good).isGood).toBe(true);
    expect(summary(good).lines.at(-1)).toBe('Verdict: memory is flat, values are right.');
  });

  it('has no verdict where it was interrupted, but for faults', () => {
    const short = { ...good, samples: [] };
    const verdict = (so: SoFar, isWhole: boolean): string | undefined => summary(so, isWhole).lines.at(-1);
    expect(verdict(short, false)).toBe('Verdict: none, it was interrupted.');
    expect(verdict({ ...short, faults: ['call 1: no'] }, false)).toBe('Verdict: FAILED.');
    expect(verdict(short, true)).toBe('Verdict: FAILED.');
  });

  it.each([
    ['a fault', { faults: ['call 1: left behind +1 tensors'] }],
    ['nothing checked', { checked: 0 }],
    ['too few samples', { samples: flat.slice(0, 5) }],
    ['a process that grows', { samples: flat.map((each, at) => ({ ...each, resident: 3e8 + 5e6 * at })) }],
    ['a heap that grows', { samples: flat.map((each, at) => ({ ...each, wasmHeap: 5e6 + 1e6 * at })) }],
  ])('is not with %s', (_, worse) => expect(summary({ ...good, ...worse }).isGood).toBe(false));
});

describe('callAt', () => {
  it('gives the same call and the same numbers for a seed and a number, others for others', async () => {
    const numbers = async (seed: number, at: number) => [...(await numbersOf(callAt(seed, at).run()))];
    const labels = [callAt(3, 4), callAt(3, 4), callAt(3, 5), callAt(4, 4)].map(({ label }) => label);
    expect(labels[1]).toBe(labels[0]);
    expect(new Set(labels).size).toBe(3);
    const small = Array.from({ length: 40 }, (_, at) => at).find((at) => callAt(3, at).label.startsWith('LongspanAdamWStep')) as number;
    expect(await numbers(3, small)).toEqual(await numbers(3, small));
  });

  it('draws every kind', () => {
    const kinds = new Set(Array.from({ length: 300 }, (_, at) => callAt(1, at).label.split(' ')[0]));
    expect([...kinds].sort()).toEqual([
      'LongspanAdafactorStep',
      'LongspanAdamWStep',
      'LongspanCrossEntropy',
      'LongspanDropout',
      'LongspanFeedForward',
      'LongspanFloat16Linear',
      'LongspanGatherRows',
      'LongspanGelu',
      'LongspanHeadProjections',
      'LongspanInt8Linear',
      'LongspanLayerNorm',
      'LongspanLinear',
      'LongspanMuonStep',
      'LongspanRmsNorm',
      'LongspanRotary',
      'LongspanSgdStep',
      'attention',
      'elementwise',
      'fused',
      'matMul',
      'matMul,',
    ]);
  });
});
