import { leaked, onBackends } from '@longspan/tooling/expect';
import { dispose, fill, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disposeMemory, emptyMemory, extendMemory, resetRows, type SegmentMemory, zeroMemory } from './segment-memory.ts';

/** [2, n, 1]: the positions from start on, those of the second row 1,000 more. */
const segmentFrom = (start: number, n: number): Tensor =>
  tensor3d(
    Array.from({ length: 2 * n }, (_, at) => Math.floor(at / n) * 1000 + start + (at % n)),
    [2, n, 1],
  );

onBackends('the memory', () => {
  it('holds the last tokens, however the text was cut; a row that was reset sees only those after its reset', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ length: fc.integer({ min: 1, max: 7 }), reset: fc.boolean() }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 12 }),
        async (steps, memoryLength) => {
          let [position, sinceReset] = [0, 0];
          let memory: SegmentMemory = emptyMemory();
          for (const { length, reset } of steps) {
            if (reset) {
              const cut = resetRows(memory, [1]);
              disposeMemory(memory);
              memory = cut;
              sinceReset = 0;
            }
            const input = segmentFrom(position, length);
            const next = extendMemory(memory, [input], memoryLength);
            disposeMemory(memory);
            input.dispose();
            memory = next;
            position += length;
            sinceReset += length;
            const [first, second] = (await (memory.layers[0] as Tensor).array()) as [number[][], number[][]];
            const kept = Math.min(position, memoryLength);
            expect(memory.lengths).toEqual([kept, Math.min(sinceReset, memoryLength)]);
            const last = (count: number, shift: number): number[][] =>
              Array.from({ length: count }, (_, at) => [shift + position - count + at]);
            expect(first).toEqual(last(kept, 0));
            expect(second.slice(kept - (memory.lengths[1] as number))).toEqual(last(memory.lengths[1] as number, 1000));
            expect(
              second
                .slice(0, kept - (memory.lengths[1] as number))
                .flat()
                .every((value) => value === 0),
            ).toBe(true);
          }
          disposeMemory(memory);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('forgets NaN with the row that is reset', async () => {
    const sick = extendMemory(emptyMemory(), [fill([2, 3, 1], Number.NaN)], 3);
    const cut = resetRows(sick, [0]);
    expect(((await (cut.layers[0] as Tensor).array()) as number[][][])[0]).toEqual([[0], [0], [0]]);
    expect(resetRows(sick, [0, 1])).toEqual(emptyMemory());
    expect(resetRows(sick, [0, 1], { start: 'zeros' }).lengths).toEqual([3, 3]);
    dispose([...sick.layers, ...cut.layers]);
  });

  it('leaves nothing behind but the memories themselves', async () => {
    const run = (): Tensor[] => {
      const input = segmentFrom(0, 5);
      const one = extendMemory(emptyMemory(), [input, input], 7);
      const two = extendMemory(one, [input, input], 7);
      const three = resetRows(two, [0]);
      const none = resetRows(two, []);
      return [input, ...[one, two, three, none].flatMap(({ layers }) => layers)];
    };
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
  });
});

describe('the memory', () => {
  it('of length 0 is empty', () => {
    expect(extendMemory(emptyMemory(), [fill([1, 2, 3], 1)], 0)).toEqual(emptyMemory());
    expect(zeroMemory({ layers: 2, batch: 1, length: 0, width: 3 })).toEqual(emptyMemory());
  });

  it('refuses a row that is not there, and inputs of other layers', () => {
    const memory = zeroMemory({ layers: 2, batch: 2, length: 3, width: 4 });
    expect(() => resetRows(memory, [2])).toThrow(
      [
        'resetRows: there is no such batch row.',
        '  expected  integers of 0 … 1',
        '  got       2',
        '  remedy    name the rows of the batch that begin a new document.',
      ].join('\n'),
    );
    expect(() => extendMemory(memory, [fill([2, 1, 4], 1)], 3)).toThrow('the memory is of another number of layers.');
  });
});
