import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { temporaryFolder } from '../temporary-folder.mjs';
import { check, quick, runBench } from './command.mjs';

/** Folders that take no results: refused before anything is measured. */
export async function folders(r, { find, label }) {
  const name = r.pick(quick);
  const d = temporaryFolder('bench');
  chmodSync(d, 0o777);
  const what = r.pick([
    'file',
    'read-only mount',
    'full',
    'html is a folder',
    'json is a link to a device',
    'json is the html',
    'running is a file',
    'running is a folder',
    'two at once',
    'gone cwd',
    'folder goes',
  ]);
  const input = `bench ${name} into: ${what}`;
  label(input);
  let mounted = false;
  const out = `${d}/r`;
  let extra = [];
  if (what === 'file') writeFileSync(out, 'x');
  if (what === 'read-only mount' || what === 'full') {
    mkdirSync(out);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', what === 'full' ? 'size=16k' : 'ro', 'tmpfs', out]);
      mounted = true;
    } catch {
      return;
    }
  }
  if (what === 'html is a folder') mkdirSync(`${out}/report.html`, { recursive: true });
  if (what === 'json is a link to a device') {
    mkdirSync(out);
    symlinkSync('/dev/full', `${out}/results.json`);
  }
  if (what === 'json is the html') extra = ['--json', `${out}/report.html`];
  if (what === 'running is a file') {
    mkdirSync(out);
    writeFileSync(`${out}/.running`, '');
  }
  if (what === 'running is a folder') mkdirSync(`${out}/.running`, { recursive: true });
  const stopSoon = (() => {
    let armed = false;
    return (t, c) => {
      if (!armed && /Measuring/.test(t)) {
        armed = true;
        if (what === 'folder goes') rmSync(out, { recursive: true, force: true });
        setTimeout(() => c.kill('SIGTERM'), 1500);
      }
    };
  })();
  if (what === 'two at once') {
    const xs = await Promise.all(
      [0, 1].map(() =>
        runBench([name, '--out', out], {
          onText: (() => {
            let a = false;
            return (t, c) => {
              if (!a && /Measuring/.test(t)) {
                a = true;
                setTimeout(() => c.kill('SIGTERM'), 4000);
              }
            };
          })(),
          seconds: 100,
        }),
      ),
    );
    for (const x of xs) check(x, 'two runs in one folder', input, find);
    if (!xs.some((x) => x.code === 2 && /one run at a time/.test(x.err)))
      find({
        severity: 'medium',
        kind: 'two benches in one folder: both run',
        input,
        expected: 'one is refused',
        got: xs.map((x) => `${x.code} ${x.err.slice(0, 100)}`),
      });
  } else {
    const x = await runBench([name, '--out', out, ...extra], { onText: stopSoon, seconds: 100 });
    check(x, `folder: ${what}`, input, find);
    if (!['running is a folder', 'gone cwd', 'folder goes'].includes(what) && x.code !== 2)
      find({
        severity: 'medium',
        kind: `folder: ${what}: not refused before measuring`,
        input,
        expected: 'exit 2',
        got: `${x.code} ${x.out.slice(0, 200)} ${x.err.slice(0, 300)}`,
      });
  }
  if (mounted) execFileSync('umount', [out]);
  rmSync(d, { recursive: true, force: true });
}
