import { existsSync, readFileSync, rmSync } from 'node:fs';
import { temporaryFolder } from '../temporary-folder.mjs';
import { alone, child, file, tame } from './child.mjs';

/** Two runs in one folder: one of the two checkpoints, whole. */
export async function two(r, { find, label }) {
  const steps = 4;
  const keys = r.chance(0.5) ? [1, 1] : [1, 2];
  const d = temporaryFolder('two');
  label(`two ${keys}`);
  const ends = [await alone(steps, 'cpu', 1), await alone(steps, 'cpu', 2)];
  const xs = await Promise.all(
    keys.map(
      (k, i) =>
        new Promise((done) =>
          setTimeout(
            () =>
              done(
                child([d, steps, 'plain', 'cpu', k], {
                  onLine: (_line, c) => {
                    if (i === 1 && r.chance(0.05)) c.kill('SIGKILL');
                  },
                }),
              ),
            i * r.pick([0, 100, 600]),
          ),
        ),
    ),
  );
  for (const [i, x] of xs.entries()) tame(x, 'two runs in one folder', find, `keys ${keys}, the ${i + 1}. run`);
  for (const x of xs)
    if (x.last?.startsWith('threw') && keys[0] === keys[1])
      find({
        severity: 'medium',
        kind: 'two equal runs in one folder: one throws',
        input: `keys ${keys}`,
        expected: 'both end',
        got: x.last,
      });
  if (xs.some((x) => x.signal === null)) {
    const bytes = existsSync(`${d}/${file}`) ? readFileSync(`${d}/${file}`) : undefined;
    const whole = bytes !== undefined && ends.some((e) => e.length === bytes.length);
    if (!whole)
      find({
        severity: 'high',
        kind: 'two runs in one folder: no whole checkpoint',
        input: `keys ${keys}`,
        expected: 'that of one of them',
        got: bytes?.length ?? 'none',
      });
  }
  rmSync(d, { recursive: true });
}
