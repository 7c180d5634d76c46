import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { temporaryFolder } from '../temporary-folder.mjs';
import { child, file, tame } from './child.mjs';

/** A checkpoint that was damaged between two runs. */
export async function damaged(r, { find, label }) {
  const d = temporaryFolder('dam');
  label('damaged folder');
  const steps = 3;
  let n = 0;
  await child([d, steps, 'plain', 'cpu', 1], {
    onLine: (line, c) => {
      if (line === 'wrote' && n++ === 1) c.kill('SIGKILL');
    },
  });
  if (!existsSync(`${d}/${file}`)) return;
  const b = readFileSync(`${d}/${file}`);
  const how = r.pick(['cut', 'flip header', 'zero', 'empty', 'other key', 'text']);
  if (how === 'cut') writeFileSync(`${d}/${file}`, b.subarray(0, r.int(1, b.length - 1)));
  else if (how === 'flip header') {
    b[r.int(0, 400)] ^= 1 << r.int(0, 7);
    writeFileSync(`${d}/${file}`, b);
  } else if (how === 'zero') writeFileSync(`${d}/${file}`, new Uint8Array(b.length));
  else if (how === 'empty') writeFileSync(`${d}/${file}`, '');
  else if (how === 'text') writeFileSync(`${d}/${file}`, 'hello '.repeat(r.int(1, 99)));
  const x = await child([d, steps, 'plain', 'cpu', how === 'other key' ? 2 : 1]);
  tame(x, 'damaged folder', find, how);
  if (x.last?.startsWith('ended') && how !== 'flip header')
    find({ severity: 'high', kind: 'a damaged checkpoint is taken', input: how, expected: 'an error', got: x.last });
  rmSync(d, { recursive: true });
}
