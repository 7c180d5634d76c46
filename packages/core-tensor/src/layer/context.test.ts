import { withBackend } from '@longspan/tooling/expect';
import { scalar } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { tensorsOfContext, withContextTensors } from './context.ts';
import { padding } from './padding.ts';

beforeAll(() => withBackend('cpu'));

it('the tensors of a context are found and replaced in one order, however deep', () => {
  const [a, b, c, d] = [1, 2, 3, 4].map((value) => scalar(value));
  const context = { encoder: { states: [a, b], name: 'text' }, training: true };
  expect(tensorsOfContext(context)).toEqual([a, b]);
  expect(withContextTensors(context, [c, d] as never)).toEqual({ encoder: { states: [c, d], name: 'text' }, training: true });
});

it('what holds no tensor stays the very same: masks and layouts are cached by identity', () => {
  const [groups, rows, own] = [{ offsets: Int32Array.of(0, 2), count: 1 }, [[1, 2]], padding([[1, 0]])];
  const context = { groups, rows, own, memory: { state: scalar(1), groups } };
  const found = withContextTensors(context, [scalar(2)]);
  expect(found).not.toBe(context);
  expect([found.groups, found.rows, found.own, found.memory.groups].every((each, at) => each === [groups, rows, own, groups][at])).toBe(
    true,
  );
});
