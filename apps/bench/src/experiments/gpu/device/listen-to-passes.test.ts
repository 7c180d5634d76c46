import { expect, it } from 'vitest';
import { rangeOf } from './listen-to-passes.ts';

const buffer = { size: 1024, usage: 128 } as GPUBuffer;

it('counts the part of a buffer that is bound', () => {
  expect(rangeOf({ buffer })).toBe(1024);
  expect(rangeOf({ buffer, offset: 256 })).toBe(768);
  expect(rangeOf({ buffer, offset: 256, size: 512 })).toBe(512);
  expect(rangeOf(buffer)).toBe(1024);
});
