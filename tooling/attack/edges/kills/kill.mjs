import { existsSync, rmSync } from 'node:fs';
import { temporaryFolder } from '../temporary-folder.mjs';
import { alone, child, file, same, tame } from './child.mjs';

/** Killed or signalled at any moment, until it ends: its checkpoint must be that of the run alone. */
export async function kill(r, { find, label, note }) {
  const steps = r.int(3, 8),
    kernels = r.pick(['cpu', 'wasm']),
    key = r.int(1, 3);
  const expected = await alone(steps, kernels, key);
  const d = temporaryFolder('kill');
  const story = [];
  const mode = r.pick(['SIGKILL', 'signal', 'default']);
  label(`kill ${mode} ${steps} ${kernels} ${key}`);
  for (let i = 0; i < 14; i++) {
    const signal = mode === 'SIGKILL' ? 'SIGKILL' : r.pick(['SIGTERM', 'SIGINT', 'SIGHUP']);
    const at = r.pick(['start', 'write', 'wrote', 'step']);
    const nth = r.int(0, 2),
      ms = r.pick([0, 0, 1, 3, 10, 40]);
    let n = 0;
    const x = await child(
      [d, steps, mode === 'signal' ? 'signal' : 'plain', kernels, key],
      i > 11
        ? {}
        : {
            onLine: (line, c) => {
              if (line.startsWith(at) && n++ === nth) setTimeout(() => c.kill(signal), ms);
            },
          },
    );
    story.push(`${signal} ${ms} ms after ${at} ${nth}: ${x.signal ?? x.last}`);
    tame(x, `kill ${mode}`, find, story.join('; '));
    // After its end the process is on its way out, and no longer listens.
    if (mode === 'signal' && x.signal !== null && !x.hung && x.out.includes('start') && !x.out.includes('ended'))
      find({
        severity: 'medium',
        kind: 'a run with an abort signal died of the signal',
        input: story.join('; '),
        expected: 'ended signal',
        got: x.signal,
      });
    if (x.last === `ended steps ${steps}`) break;
    if (x.last?.startsWith('threw')) {
      find({ severity: 'high', kind: 'a killed run does not go on', input: story.join('; '), expected: 'weights', got: x.last });
      break;
    }
  }
  note(`kills ${story.length - 1}`);
  if (!same(d, expected))
    find({
      severity: 'high',
      kind: 'a killed run ends with another checkpoint',
      input: `${steps} steps, ${kernels}, key ${key}: ${story.join('; ')}`,
      expected: 'equal to the run alone',
      got: existsSync(`${d}/${file}`) ? 'another' : 'none',
    });
  rmSync(d, { recursive: true });
}
