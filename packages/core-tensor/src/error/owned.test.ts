import { expect, it } from 'vitest';
import { isList, owned } from './index.ts';

it("a config of one's own is reached by no later change, to the depth that configs have", () => {
  const given = { rotary: { style: 'half', dims: [1, 2] }, sizes: Int32Array.of(1, 2) };
  const own = owned(given);
  given.rotary.style = 'other';
  given.rotary.dims[0] = 9;
  given.sizes[0] = 9;
  expect(own).toEqual({ rotary: { style: 'half', dims: [1, 2] }, sizes: Int32Array.of(1, 2) });
});

it('a list within itself, or records without end, are left to the checks', () => {
  const round: unknown[] = [1];
  round.push(round);
  let deep: object = {};
  for (let level = 0; level < 20_000; level++) deep = { deep };
  expect(owned({ width: round }).width[0]).toBe(1);
  expect(Object.keys(owned(deep))).toEqual(['deep']);
});

it('a typed array whose memory was handed over is no list', () => {
  const list = Int32Array.of(1, 2);
  expect([isList(list), isList(new Int32Array(0))]).toEqual([true, true]);
  structuredClone(list.buffer, { transfer: [list.buffer] });
  expect(isList(list)).toBe(false);
});

it('leaves what it cannot copy to the checks: a list of nothing that is as long as a list can be, memory that was handed over', () => {
  const endless = new Array<number>(2 ** 32 - 1);
  expect(owned({ heads: endless }).heads).toBe(endless);
  const { buffer } = new Uint8Array(4);
  const detached = new Uint8Array(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  expect(owned({ detached }).detached).toBe(detached);
});
