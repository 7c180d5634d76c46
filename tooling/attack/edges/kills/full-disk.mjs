import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { temporaryFolder } from '../temporary-folder.mjs';
import { alone, child, same, tame } from './child.mjs';

/** A disk that is full, then is not. */
export async function fullDisk(r, { find, label, note }) {
  const steps = 4,
    key = 1;
  const expected = await alone(steps, 'cpu', key);
  const d = temporaryFolder('disk');
  const kb = r.pick([4, 16, 32, 40, 48, 56, 64, 72, 80, 96, 128, 160, 200]);
  label(`full disk ${kb}`);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kb}k`, 'tmpfs', d]);
  } catch {
    return note('no mount');
  }
  try {
    const inode = r.chance(0.3);
    const f = inode ? `${d}/a/b` : d;
    const x = await child([f, steps, 'plain', 'cpu', key], {
      onLine: (line, _c) => {
        if (line === 'wrote' && r.chance(0.5))
          try {
            writeFileSync(`${d}/filler`, new Uint8Array(kb * 512));
          } catch {}
      },
    });
    tame(x, 'full disk', find, `${kb} KB`);
    if (x.last?.startsWith('threw') && !/FileError|CheckpointError/.test(x.last))
      find({
        severity: 'medium',
        kind: 'full disk: another error',
        input: `${kb} KB`,
        expected: 'CheckpointError or FileError',
        got: x.last,
      });
    if (x.last?.startsWith('threw') && !/no space|ENOSPC|full/i.test(x.last))
      find({ severity: 'low', kind: 'full disk: the error does not say so', input: `${kb} KB`, expected: 'no space left', got: x.last });
    const parts = existsSync(f) ? readdirSync(f).filter((n) => n.endsWith('.part')) : [];
    if (parts.length) find({ severity: 'low', kind: 'full disk: a part is left', input: `${kb} KB`, expected: 'none', got: parts });
    rmSync(`${d}/filler`, { force: true });
    execFileSync('mount', ['-o', 'remount,size=4m', d]);
    const y = await child([f, steps, 'plain', 'cpu', key]);
    if (y.last !== `ended steps ${steps}` || !same(f, expected))
      find({
        severity: 'high',
        kind: 'full disk: the run does not go on to the same end',
        input: `${kb} KB; first ${x.last}`,
        expected: 'equal',
        got: `${y.last} ${y.err.slice(0, 200)}`,
      });
  } finally {
    execFileSync('umount', [d]);
    rmSync(d, { recursive: true });
  }
}
