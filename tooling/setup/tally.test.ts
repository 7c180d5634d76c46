import { describe, expect, it } from 'vitest';
import { countPart } from './tally.mjs';

describe('the count of a part', () => {
  it.each([
    ['its last line of that form', 0, '1 passed, 0 failed\nmore\n12 passed, 0 failed\n', { passed: 12, failed: 0, skipped: 0 }],
    ['the skipped, and words after them', 0, '3 passed, 0 failed, 40 skipped (reformer, led)\n', { passed: 3, failed: 0, skipped: 40 }],
    ['through colours', 0, '\u001b[32m5 passed, 0 failed\u001b[39m\n', { passed: 5, failed: 0, skipped: 0 }],
    ['failed tests', 1, '5 passed, 2 failed\n', { passed: 5, failed: 2, skipped: 0 }],
    ['a crash after the tests as one failure', 1, '5 passed, 0 failed\n', { passed: 5, failed: 1, skipped: 0 }],
    ['no such line as one failure', 0, 'Tests  5 passed (5)\n', { passed: 0, failed: 1, skipped: 0 }],
  ])('is %s', (_, code, output, counts) => {
    expect(countPart(code, output)).toEqual(counts);
  });
});
