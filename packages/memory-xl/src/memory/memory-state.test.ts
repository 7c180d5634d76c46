import { disposeState, type LayerState } from '@longspan/core-tensor';
import { lens } from '@longspan/core-tensor/layer';
import { leaked, onBackends } from '@longspan/tooling/expect';
import { fill, type Tensor, tensor3d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extended, memoryOf, resetRows, zeroMemory } from './memory-state.ts';

const extend = (state: LayerState, input: Tensor, memoryLength: number): LayerState =>
  tidy(() => extended(memoryOf('test', lens('test', 'state', state), input), input, memoryLength));
const lengthsOf = (state: LayerState): unknown[] => [state['lengths.0'], state['lengths.1']];
const layers = { states: ['0.memory', '0.lengths', '1.memory', '1.lengths'] };

/** [2, n, 1]: the positions from start on, those of the second row 1,000 more. */
const segmentFrom = (start: number, n: number): Tensor =>
  tensor3d(
    Array.from({ length: 2 * n }, (_, at) => Math.floor(at / n) * 1000 + start + (at % n)),
    [2, n, 1],
  );

onBackends('the memory', () => {
  it('holds the last tokens, however the text was cut; a row that was reset attends only to those after its reset', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ length: fc.integer({ min: 1, max: 7 }), reset: fc.boolean() }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 12 }),
        async (steps, memoryLength) => {
          let [position, sinceReset] = [0, 0];
          let memory: LayerState = {};
          for (const { length, reset } of steps) {
            if (reset) {
              const cut = resetRows(memory, [1]);
              disposeState(memory);
              memory = cut;
              sinceReset = 0;
            }
            const input = segmentFrom(position, length);
            const next = extend(memory, input, memoryLength);
            disposeState(memory);
            input.dispose();
            memory = next;
            position += length;
            sinceReset += length;
            const [first, second] = (await (memory['memory'] as Tensor).array()) as [number[][], number[][]];
            const kept = Math.min(position, memoryLength);
            const visible = Math.min(sinceReset, memoryLength);
            expect(lengthsOf(memory)).toEqual([kept, visible]);
            const last = (count: number, shift: number): number[][] =>
              Array.from({ length: count }, (_, at) => [shift + position - count + at]);
            expect(first).toEqual(last(kept, 0));
            expect(second.slice(kept - visible)).toEqual(last(visible, 1000));
            expect(
              second
                .slice(0, kept - visible)
                .flat()
                .every((value) => value === 0),
            ).toBe(true);
          }
          disposeState(memory);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('forgets NaN with the row that is reset', async () => {
    const sick = extend({}, fill([2, 3, 1], Number.NaN), 3);
    const cut = resetRows(sick, [0]);
    expect(((await (cut['memory'] as Tensor).array()) as number[][][])[0]).toEqual([[0], [0], [0]]);
    expect(resetRows(sick, [0, 1])).toEqual({});
    expect(lengthsOf(resetRows(sick, [0, 1], { start: 'zeros' }))).toEqual([3, 3]);
    disposeState(sick);
    disposeState(cut);
  });

  it('leaves nothing after but the memories themselves', async () => {
    const run = (): Tensor[] => {
      const input = segmentFrom(0, 5);
      const one = extend({}, input, 7);
      const two = extend(one, input, 7);
      const states = [one, two, resetRows(two, [0]), resetRows(two, [])];
      return [input, ...states.map((state) => state['memory'] as Tensor)];
    };
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
  });
});

describe('the memory', () => {
  it('of length 0 is empty', () => {
    expect(extend({}, fill([1, 2, 3], 1), 0)).toEqual({});
    expect(zeroMemory(layers, { batch: 1, length: 0, width: 3 })).toEqual({});
  });

  it('is reset below any prefix, each on its own', () => {
    const state = resetRows(zeroMemory(layers, { batch: 2, length: 3, width: 4 }), [1]);
    expect(Object.keys(state).sort()).toEqual(['0.lengths.0', '0.lengths.1', '0.memory', '1.lengths.0', '1.lengths.1', '1.memory']);
    expect([state['0.lengths.1'], state['1.lengths.0'], state['1.lengths.1']]).toEqual([0, 3, 0]);
  });

  it('rejects a row that is not there, inputs of another width, other states, and a layer without memory', () => {
    const memory = zeroMemory(layers, { batch: 2, length: 3, width: 4 });
    expect(() => resetRows(memory, [2])).toThrow(
      [
        'resetRows: rows must be rows of the batch.',
        '  expected  integers of 0 … 1',
        '  got       2',
        '  remedy    name the rows of the batch that begin a new document.',
      ].join('\n'),
    );
    const own = { memory: memory['0.memory'] as Tensor, 'lengths.0': 3, 'lengths.1': 3 };
    expect(() => extend(own, fill([2, 1, 5], 1), 3)).toThrow('memory must have the shape [');
    expect(() => extend({ memory: own.memory, 'lengths.0': 3 }, fill([2, 1, 4], 1), 3)).toThrow(
      'the state must hold a memory, and one length for each batch row.',
    );
    expect(() => resetRows({ ...memory, buckets: own.memory }, [0])).toThrow('every state must be that of a memory');
    expect(() => zeroMemory({ states: ['buckets'] }, { batch: 1, length: 1, width: 1 })).toThrow('the layer must have a memory');
  });
});
