import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantSchedule } from './constant.ts';

describe('constantSchedule', () => {
  it('gives its rate at every step', () =>
    fc.assert(fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (rate, step) => constantSchedule(rate)(step) === rate)));
  it('wants a step that is a count', () => expect(() => constantSchedule(1)(-1)).toThrow('step must be an integer of at least 0'));
});
