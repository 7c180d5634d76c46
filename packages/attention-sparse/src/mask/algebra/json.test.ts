import { expect, it } from 'vitest';
import { causal, equalMasks, mask, maskFromJSON, perHead, slidingWindow } from '../index.ts';

it('a misspelt kind names the place and the kinds that there are', () => {
  expect(() => maskFromJSON({ kind: 'and', of: [{ kind: 'causal' }, { kind: 'bigBird' }] })).toThrow(
    `maskFromJSON: mask.of[1].kind is not one that is known.
  expected  causal, slidingWindow, dilatedWindow, globalTokens, blockDiagonal, strided, fixed, bigbird, prefix, documents, keyPadding, and, or, not, everything, nothing, perHead, perBatch, keysAt, queriesAt, blockWindow, segments, gridNeighbourhood, gridTiles, gridShiftedWindows
  got       "bigBird"
  remedy    write the tree with mask.toJSON(), or correct this place.`,
  );
});

it.each([
  [null, 'mask is not a node.'],
  [[{ kind: 'causal' }], 'mask is not a node.'],
  [{ kind: 'toString' }, 'mask.kind is not one that is known.'],
  [{}, 'mask.kind is not one that is known.'],
  [{ kind: 'slidingWindow', left: 1 }, 'mask.right is not of the right type.'],
  [{ kind: 'slidingWindow', left: '1', right: 0 }, 'mask.left is not of the right type.'],
  [{ kind: 'not', of: { kind: 'prefix', length: 1.5 } }, 'mask.of.length is not of the right type.'],
  [{ kind: 'not', of: [{ kind: 'causal' }] }, 'mask.of is not of the right type.'],
  [{ kind: 'or', of: [] }, 'mask.of is not of the right type.'],
  [{ kind: 'documents', ids: [[0], 1] }, 'mask.ids is not of the right type.'],
  [{ kind: 'bigbird', block: 2, windowBlocks: 0, globalBlocks: [], randomBlocks: [1] }, 'mask.randomBlocks is not of the right type.'],
  [{ kind: 'causal', window: 3 }, 'mask has a field that its kind does not have.'],
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
