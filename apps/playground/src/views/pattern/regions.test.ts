import { causal, grid, segments, slidingWindow } from '@longspan/attention-sparse/mask';
import { expect, it } from 'vitest';
import { regionAt, regionsOf } from './regions.ts';

it('are the grid of an image mask', () => {
  expect(regionsOf(grid([4, 6]).neighbourhood({ radius: 1 }).or(causal()).toJSON())).toEqual([
    { name: 'picture', start: 0, shape: [1, 4, 6] },
  ]);
  expect(regionsOf(slidingWindow({ left: 2 }).toJSON())).toEqual([]);
});

it('are the named parts in their order, with the shapes of their images and videos', () => {
  const parts = segments({ text: 5, image: 6, video: 8 });
  const mask = parts
    .between('text', 'text', causal())
    .or(parts.between('image', 'image', grid([2, 3]).tiles({ size: 1 })))
    .or(parts.between('video', 'text'))
    .or(parts.between('video', 'video', grid([2, 2, 2]).neighbourhood({ radius: 1 })));
  const regions = regionsOf(mask.toJSON());
  expect(regions).toEqual([
    { name: 'text', start: 0, shape: [1, 1, 5] },
    { name: 'image', start: 5, shape: [1, 2, 3] },
    { name: 'video', start: 11, shape: [2, 2, 2] },
  ]);
  expect([0, 4, 5, 18, 19].map((position) => regionAt(regions, position)?.name)).toEqual(['text', 'text', 'image', 'video', undefined]);
});
