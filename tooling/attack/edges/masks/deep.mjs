import { inspect } from 'node:util';
import { cost, createLayout } from '@longspan/attention-sparse/analysis';
import * as lib from '@longspan/attention-sparse/mask';
import { ExplainedError } from '@longspan/core-tensor/error';
import { cpuSeconds } from '../../cpu-seconds.ts';
import { faultOfError } from '../fault-of-error.mjs';

/** Deep, wide, shared: what grows with nodes must not explode. */
export function deepCase(r, { find, label }) {
  const count = r.pick([50, 300, 900, 998, 999, 1000, 1001, 1002, 1500]);
  const how = r.pick(['not', 'and-or', 'or same', 'double', 'segments', 'perHead']);
  const text = `${how} ${count}`;
  const step = (what, run) => {
    label(`deep ${text} ${what}`);
    const s = cpuSeconds();
    let value;
    try {
      value = run();
    } catch (e) {
      const f = faultOfError(e);
      if (f)
        find({
          severity: 'medium',
          kind: `${f.kind} in ${what}`,
          signature: `deep:${how}:${what}:${f.text.slice(0, 30)}`,
          input: text,
          expected: 'a result or an error of ours',
          got: `${f.text} ${f.frame}`,
        });
      return undefined;
    }
    const used = cpuSeconds() - s;
    if (used > (what === 'checkMask' ? 25 : 4))
      find({
        severity: 'medium',
        kind: `slow ${what}`,
        signature: `deep slow:${what}:${how}`,
        input: text,
        expected: 'under 4 s',
        got: `${used.toFixed(1)} s`,
      });
    return value;
  };
  const m = lib.slidingWindow({ left: 2, right: 1 });
  const made = step('building', () => {
    let x = m;
    for (let i = 0; i < count; i++) {
      if (how === 'not') x = x.not();
      else if (how === 'and-or') x = i % 2 ? x.and(lib.prefix({ length: 20 + (i % 20) })) : x.or(lib.keysAt([i % 30]));
      else if (how === 'or same') x = x.or(lib.causal());
      else if (how === 'double') x = i % 2 ? x.and(x) : x.or(x);
      else if (how === 'segments') x = lib.segments({ a: 20, b: 20 }).between('a', 'b', x);
      else x = lib.perHead([x]);
      if (how === 'double' && i > 12) break; // doubles the expression each time
    }
    return x;
  });
  if (made === undefined) return;
  const name = step('name', () => made.name);
  if (name !== undefined && name.length > 1e6)
    find({
      severity: 'low',
      kind: 'name of that length',
      signature: `deep name:${how}`,
      input: text,
      expected: 'bounded',
      got: name.length,
    });
  step('String', () => String(made));
  step('inspect', () => inspect(made));
  step('JSON.stringify', () => {
    try {
      return JSON.stringify(made);
    } catch (e) {
      if (e instanceof ExplainedError) throw e;
      throw e;
    }
  });
  const json = step('toJSON', () => made.toJSON());
  step('cover', () => made.cover({ start: 0, end: 10 }, { start: 0, end: 10 }));
  if (made.heads === 1) step('allows', () => made.allows(3, 4));
  step('select', () => made.select({ head: 0 }));
  if (how !== 'double' || count < 40) {
    step('cost', () => cost(made, { queryLength: 32, blockSize: 8 }));
    step('createLayout', () => createLayout(made, { queryLength: 32 }));
    step('drawMask', () => lib.drawMask(made, 16));
  }
  step('equal', () => lib.equalMasks(made, made.not().not()));
  if (json !== undefined) {
    const again = step('maskFromJSON', () => lib.maskFromJSON(JSON.parse(JSON.stringify(json))));
    if (again !== undefined)
      step('equal again', () => {
        if (!lib.equalMasks(again, made))
          find({
            severity: 'medium',
            kind: 'equalMasks of what was read again',
            signature: 'deep equal',
            input: text,
            expected: true,
            got: false,
          });
      });
  }
  if (made.heads * made.batch === 1) step('checkMask', () => lib.checkMask(made, { queryLength: 12, keyLength: 12, rectangles: 3 }));
}
