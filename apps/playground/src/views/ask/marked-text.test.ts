import { expect, it } from 'vitest';
import { markedPieces } from './marked-text.ts';

it('a row is cut where marks begin and end, and the strongest is seen', () => {
  const marks = [
    { start: 5, end: 30, kind: 'chosen' as const },
    { start: 12, end: 18, kind: 'sentence' as const },
    { start: 0, end: 8, kind: 'found' as const },
    { start: 90, end: 99, kind: 'found' as const },
  ];
  expect(markedPieces(marks, 10, 40)).toEqual([
    { start: 10, end: 12, kind: 'chosen' },
    { start: 12, end: 18, kind: 'sentence' },
    { start: 18, end: 30, kind: 'chosen' },
    { start: 30, end: 40, kind: undefined },
  ]);
  expect(markedPieces(marks, 0, 8).map(({ kind }) => kind)).toEqual(['found', 'chosen']);
  expect(markedPieces([], 3, 4)).toEqual([{ start: 3, end: 4, kind: undefined }]);
});
