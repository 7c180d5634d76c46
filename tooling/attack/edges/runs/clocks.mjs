import { shown } from '../../shown.ts';
import { alone, disposeTrained, memory } from './alone.mjs';
import { describe, drawn } from './draw.mjs';

/** Clocks that jump. */
export async function clocks(_index, r, { find, label }) {
  const config = drawn(r);
  label(`clock ${describe(config)}`);
  const now = performance.now.bind(performance),
    date = Date.now;
  let shift = 0;
  const solo = memory();
  const a = await (await alone(config, solo)).run.finish().catch((e) => e);
  if (a instanceof Error) return;
  disposeTrained(a);
  performance.now = () => {
    shift -= r.int(-1e9, 1e9);
    return now() + shift;
  };
  Date.now = () => date() + r.int(-1e12, 1e12);
  const s = memory();
  const bad = [];
  try {
    const x = await alone(config, s);
    for await (const step of x.run) if (!Number.isFinite(step.tokensPerSecond) || step.tokensPerSecond < 0) bad.push(step.tokensPerSecond);
    disposeTrained(await x.run.finish());
  } catch (e) {
    find({
      severity: 'medium',
      kind: 'a clock that jumps: throws',
      input: describe(config),
      expected: 'weights',
      got: String(e).slice(0, 300),
    });
  } finally {
    performance.now = now;
    Date.now = date;
  }
  if (bad.length)
    find({
      severity: 'low',
      kind: 'tokensPerSecond under a clock that jumps',
      input: describe(config),
      expected: 'a number of at least 0',
      got: shown(bad),
    });
  if (s.bytes && Buffer.compare(Buffer.from(s.bytes), Buffer.from(solo.bytes)) !== 0)
    find({ severity: 'high', kind: 'a clock that jumps changes weights', input: describe(config), expected: 'equal', got: 'other' });
}
