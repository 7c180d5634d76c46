import { describe, expect, it } from 'vitest';
import { nameShifts } from './line-plot.ts';

describe('nameShifts', () => {
  it('leaves names alone that are far apart', () => expect(nameShifts([1, 2, 3], [0, 4], 'linear')).toEqual([0, 0, 0]));
  it('moves lower names down by a line each', () => expect(nameShifts([2, 2, 2], [0, 4], 'linear')).toEqual([0, 14, 28]));
  it('moves names up that would leave the frame', () => expect(nameShifts([0, 0], [0, 4], 'linear')).toEqual([-14, 0]));
  it('takes places on a logarithmic axis', () => expect(nameShifts([10, 1000], [1, 10_000], 'log')).toEqual([0, 0]));
  it('has an answer for one value', () => expect(nameShifts([5, 5], [5, 5], 'linear')).toEqual([0, 14]));
});
