import { expect, it } from 'vitest';
import { requireGiven, requireScale } from './index.ts';

it('an option without a default must be given', () => {
  expect(() => requireGiven('example', 'centroids', undefined, 'a tensor [h, clusters, d]')).toThrow(
    'example: centroids must be given.\n' +
      '  expected  a tensor [h, clusters, d]\n  got       undefined\n  remedy    add centroids to the options.',
  );
  expect(() => requireGiven('example', 'centroids', null, 'a tensor')).toThrow('got       null');
  requireGiven('example', 'count', 0, 'a number');
});

it('a scale must be a finite number, or left out', () => {
  requireScale('example', undefined);
  requireScale('example', 2);
  for (const scale of [Number.NaN, Number.POSITIVE_INFINITY, '1']) {
    expect(() => requireScale('example', scale as number)).toThrow('example: scale must be a finite number.');
  }
});
