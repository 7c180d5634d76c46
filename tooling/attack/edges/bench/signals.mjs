import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { temporaryFolder } from '../temporary-folder.mjs';
import { alive, check, quick, runBench } from './command.mjs';

/** Signals at any moment, then --resume from results that are whole or damaged. */
export async function signals(r, { find, label }) {
  const name = r.pick(quick),
    signal = r.pick(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL']),
    ms = r.pick([0, 50, 300, 1000, 2500, 5000, 9000]),
    twice = r.chance(0.3);
  const d = temporaryFolder('bench');
  const input = `bench ${name} --out …, ${signal} after ${ms} ms${twice ? ', twice' : ''}`;
  label(input);
  const x = await runBench([name, '--out', `${d}/r`], {
    onText: (() => {
      let armed = false;
      return (t, c) => {
        if (armed || !/points|Measuring/.test(t)) return;
        armed = true;
        setTimeout(() => {
          c.kill(signal);
          if (twice) setTimeout(() => c.kill(signal), 30);
        }, ms);
      };
    })(),
    seconds: 100,
  });
  check(x, 'signals', input, find);
  const kids = x.kids;
  await new Promise((done) => setTimeout(done, 4000));
  let left = kids.filter(alive);
  if (left.length) {
    await new Promise((done) => setTimeout(done, 15000));
    left = left.filter(alive);
  }
  if (left.length) {
    find({
      severity: 'medium',
      kind: `children live on after ${signal}`,
      input,
      expected: 'none',
      got: left.map((k) => {
        try {
          return readFileSync(`/proc/${k}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 100);
        } catch {
          return k;
        }
      }),
    });
    left.forEach((k) => {
      try {
        process.kill(Number(k), 'SIGKILL');
      } catch {}
    });
  }
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  if (codes[signal] !== undefined && x.code !== codes[signal] && x.code !== 0 && !(x.code === null))
    find({
      severity: 'low',
      kind: 'signals: another exit code',
      input,
      expected: codes[signal],
      got: `${x.code} ${x.signal} ${x.err.slice(-200)}`,
    });
  const files = existsSync(`${d}/r`) ? readdirSync(`${d}/r`) : [];
  const parts = files.filter((f) => f.endsWith('.part'));
  if (parts.length && signal !== 'SIGKILL') find({ severity: 'low', kind: 'signals: a part is left', input, expected: 'none', got: parts });
  if (files.includes('results.json')) {
    try {
      JSON.parse(readFileSync(`${d}/r/results.json`, 'utf8'));
    } catch (e) {
      find({ severity: 'high', kind: 'signals: results.json is broken', input, expected: 'whole', got: e.message });
    }
  }
  // results.json damaged, then --resume
  if (files.includes('results.json') && r.chance(0.8)) {
    const path = `${d}/r/results.json`;
    let text = readFileSync(path, 'utf8');
    const value = JSON.parse(text);
    const how = r.pick([
      'cut',
      'flip',
      'junk',
      'deep',
      'proto',
      'numbers',
      'huge',
      'null',
      'outcome',
      'ending',
      'points',
      'bom',
      'fifo',
      'folder',
      'twice',
    ]);
    if (how === 'cut') text = text.slice(0, r.int(0, text.length));
    else if (how === 'flip') {
      const at = r.int(0, text.length - 1);
      text = text.slice(0, at) + String.fromCharCode(r.int(32, 126)) + text.slice(at + 1);
    } else if (how === 'junk') text = r.pick(['', '[]', '{}', '1', 'null', '"x"', '{"version":2}', '\ud800']);
    else if (how === 'deep') text = `{"version":2,"x":${'['.repeat(2e5)}${']'.repeat(2e5)}}`;
    else if (how === 'proto') text = text.replace('{', '{"__proto__":{"polluted":1},');
    else if (how === 'numbers') {
      value.seconds = r.pick([-1, 1e308, null, '1']);
      text = JSON.stringify(value);
    } else if (how === 'null') {
      value.outcomes = r.pick([null, {}, [null], [1]]);
      text = JSON.stringify(value);
    } else if (how === 'outcome') {
      if (value.outcomes[0])
        value.outcomes[0].ending = r.pick([
          { kind: 'done' },
          { kind: 'done', result: null },
          { kind: 'done', result: { kind: '__proto__' } },
          { kind: 'done', result: 'x'.repeat(1e5) },
          { kind: 'over', budgetSeconds: -1 },
        ]);
      text = JSON.stringify(value);
    } else if (how === 'ending') {
      value.outcomes.forEach((o) => {
        if (o.ending?.result)
          for (const k of Object.keys(o.ending.result))
            if (r.chance(0.3)) o.ending.result[k] = r.pick([null, NaN, 'x', [], {}, -1, Number.POSITIVE_INFINITY]);
      });
      text = JSON.stringify(value);
    } else if (how === 'points') {
      value.outcomes.push(...value.outcomes, { point: 'no such', wallSeconds: 1, ending: { kind: 'done', result: {} } });
      text = JSON.stringify(value);
    } else if (how === 'huge') {
      value.extra = 'x'.repeat(3e7);
      text = JSON.stringify(value);
    } else if (how === 'bom') text = `\ufeff${text}`;
    if (how === 'fifo') {
      rmSync(path);
      execFileSync('mkfifo', [path]);
    } else if (how === 'folder') {
      rmSync(path);
      mkdirSync(path);
    } else writeFileSync(path, text);
    const again = await runBench([name, '--out', `${d}/r`, '--resume'], {
      seconds: 100,
      onText: (() => {
        let armed = false;
        return (t, c) => {
          if (!armed && /Measuring/.test(t)) {
            armed = true;
            setTimeout(() => c.kill('SIGTERM'), 500);
          }
        };
      })(),
    });
    check(again, `resume of results.json (${how})`, `${input}; then ${how}`, find);
  }
  rmSync(d, { recursive: true, force: true });
}
