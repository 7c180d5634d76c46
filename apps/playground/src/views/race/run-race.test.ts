import { describe, expect, it } from 'vitest';
import type { RacerId } from './racer.ts';
import { runRace, type Standing } from './run-race.ts';

const lengths = [256, 512, 1024, 2048, 4096, 8192];
const rules = { who: ['full', 'window'] as RacerId[], lengths, budget: 10_000, memory: 1e9 };

interface Device {
  readonly times: Partial<Readonly<Record<RacerId, (length: number) => number>>>;
  readonly bytes?: (id: RacerId, length: number) => number;
}

/** A device of known speed that writes down who was called. */
function device({ times, bytes = () => 1000 }: Device) {
  const calls: string[] = [];
  const call = async (id: RacerId, length: number) => {
    const isFirst = !calls.includes(`${id} ${length}`);
    calls.push(`${id} ${length}`);
    const milliseconds = times[id]?.(length) ?? 1;
    return { milliseconds, before: isFirst ? milliseconds : 0, bytes: bytes(id, length), kernel: 'wasm', device: 'a device' };
  };
  return { calls, call };
}

const never = (): boolean => false;
const quiet = (): void => undefined;

describe('runRace', () => {
  it('runs all lengths in turns, every second round backwards, and keeps the fastest call', async () => {
    let slower = 0;
    const { calls, call } = device({ times: { full: (n) => n / 100 + slower++, window: () => 2 } });
    const [full, window] = await runRace(rules, call, quiet, never);
    expect(calls.slice(0, 4)).toEqual(['full 256', 'window 256', 'window 256', 'full 256']);
    expect(full?.points.map(({ length }) => length)).toEqual(lengths);
    expect(full?.points[0]).toMatchObject({ length: 256, value: 2.56, rounds: 7 });
    expect(window?.points.map(({ value }) => value)).toEqual([2, 2, 2, 2, 2, 2]);
    expect([full?.left, window?.left]).toEqual([undefined, undefined]);
  });

  it('a racer whose time would not last leaves, says so with numbers, and the others go on', async () => {
    const { call } = device({ times: { full: (n) => n ** 2 / 4096, window: (n) => n / 256 } });
    const [full, window] = await runRace({ ...rules, budget: 4000 }, call, quiet, never);
    expect(full?.points.at(-1)?.length).toBe(2048);
    expect(full?.left).toMatchObject({ because: 'time', length: 4096 });
    expect(full?.left?.says).toMatch(/^A first and a second call would take about 8\.19 s; .* of its time are left\.$/);
    expect(window?.points.at(-1)?.length).toBe(8192);
  });

  it('a racer that would hold too much leaves before it does, and one that held too much leaves after it', async () => {
    const slow = device({ times: {}, bytes: (id, n) => (id === 'full' ? 16 * n ** 2 : 1000) });
    const [full] = await runRace({ ...rules, memory: 1e8 }, slow.call, quiet, never);
    expect(full?.left).toEqual({ because: 'memory', length: 4096, says: 'One call would hold about 268 MB; the budget is 100 MB.' });
    expect(slow.calls).not.toContain('full 4096');
    const sudden = device({ times: {}, bytes: (_, n) => (n === 512 ? 2e9 : 1000) });
    const [first] = await runRace(rules, sudden.call, quiet, never);
    expect(first?.left).toEqual({ because: 'memory', length: 512, says: 'One call held 2 GB; the budget is 1 GB.' });
  });

  it('a racer that fails says how, and the others go on', async () => {
    const { call } = device({ times: {} });
    const broken = async (id: RacerId, length: number) => {
      if (id === 'full' && length === 512) throw new Error('the heap is full');
      return call(id, length);
    };
    const [full, window] = await runRace(rules, broken, quiet, never);
    expect(full?.left).toEqual({ because: 'failed', length: 512, says: 'the heap is full' });
    expect(full?.points.map(({ length }) => length)).toEqual([256]);
    expect(window?.points.length).toBe(6);
  });

  it('ends at once where it is cancelled, and what was told until then stays told', async () => {
    const { call } = device({ times: {} });
    const told: (readonly Standing[])[] = [];
    const cancelled = new Error('cancelled');
    const until = async (id: RacerId, length: number) => {
      if (length === 1024) throw cancelled;
      return call(id, length);
    };
    await expect(
      runRace(
        rules,
        until,
        (standings) => told.push(standings),
        (error) => error === cancelled,
      ),
    ).rejects.toBe(cancelled);
    expect(told.at(-1)?.[0]?.points.map(({ length }) => length)).toEqual([256, 512]);
  });
});
