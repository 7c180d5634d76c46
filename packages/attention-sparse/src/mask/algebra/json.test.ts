import { expect, it } from 'vitest';
import { causal, equalMasks, mask, maskFromJSON, perHead, slidingWindow } from '../index.ts';

it('a misspelt kind names the place and the kinds that there are', () => {
  expect(() => maskFromJSON({ kind: 'and', of: [{ kind: 'causal' }, { kind: 'bigBird' }] })).toThrow(
    `maskFromJSON: mask.of[1].kind must be one of the known kinds.
  expected  causal, slidingWindow, dilatedWindow, globalTokens, blockDiagonal, strided, fixed, bigbird, prefix, documents, keyPadding, and, or, not, everything, nothing, perHead, perBatch, keysAt, queriesAt, blockWindow, segments, gridNeighbourhood, gridTiles, gridShiftedWindows
  got       "bigBird"
  remedy    write the tree with mask.toJSON(), or correct this place.`,
  );
});

it.each([
  [null, 'mask must be a node.'],
  [[{ kind: 'causal' }], 'mask must be a node.'],
  [{ kind: 'toString' }, 'mask.kind must be one of the known kinds.'],
  [{}, 'mask.kind must be one of the known kinds.'],
  [{ kind: 'slidingWindow', left: 1 }, 'mask.right must be an integer.'],
  [{ kind: 'slidingWindow', left: '1', right: 0 }, 'mask.left must be an integer.'],
  [{ kind: 'not', of: { kind: 'prefix', length: 1.5 } }, 'mask.of.length must be an integer.'],
  [{ kind: 'not', of: [{ kind: 'causal' }] }, 'mask.of must be a node.'],
  [{ kind: 'or', of: [] }, 'mask.of must be a list of one node or more.'],
  [{ kind: 'documents', ids: [[0], 1] }, 'mask.ids must be a list of integers, or a list of such lists.'],
  [
    { kind: 'bigbird', block: 2, windowBlocks: 0, globalBlocks: [], randomBlocks: [1] },
    'mask.randomBlocks must be a list of lists of integers, or a list of such lists.',
  ],
  [{ kind: 'causal', window: 3 }, 'mask must have the fields of its kind only.'],
  [{ kind: 'slidingWindow', left: -1, right: 0 }, 'slidingWindow: left must be an integer of at least 0.'],
])('%j is refused', (node, problem) => {
  expect(() => maskFromJSON(node)).toThrow(problem);
});

it("masks are equal by what they say, rules of one's own by identity", () => {
  const even = mask({ name: 'even', allows: (query, key) => (query - key) % 2 === 0 });
  const window = () => slidingWindow({ left: 1, right: 0 });
  expect(equalMasks(window().and(causal()), window().and(causal()))).toBe(true);
  expect(equalMasks(window().and(causal()), causal().and(window()))).toBe(false);
  expect(equalMasks(window().and(even), window().and(even))).toBe(true);
  expect(equalMasks(even.not(), even.not())).toBe(true);
  expect(equalMasks(even.not(), even)).toBe(false);
  expect(equalMasks(perHead([even, causal()]), perHead([even, causal()]))).toBe(true);
  expect(equalMasks(even, mask({ name: 'even', allows: (query, key) => (query - key) % 2 === 0 }))).toBe(false);
  expect(equalMasks(window().and(even), window().and(causal()))).toBe(false);
});

it("a mask of one's own takes no JSON that JSON has not", () => {
  for (const value of [1n, Number.NaN, undefined, () => 0, Symbol('a')]) {
    expect(() => mask({ name: 'own', allows: () => true, json: { kind: [value] } as never })).toThrow(
      /^mask: json must hold what JSON has[.]/,
    );
  }
});
