import { chmodSync, rmSync } from 'node:fs';
import { program } from './child.mjs';
import { damaged } from './damaged.mjs';
import { fullDisk } from './full-disk.mjs';
import { kill } from './kill.mjs';
import { rights } from './rights.mjs';
import { two } from './two.mjs';

process.on('exit', () => {
  try {
    rmSync(program.file.replace(/\/[^/]*$/, ''), { recursive: true, force: true });
  } catch {}
});

chmodSync(program.file.replace(/\/[^/]*$/, ''), 0o755);

/**
 * Processes that train in a folder: killed, signalled, on a full disk, without rights, two at once.
 * @type {import('../../attack.ts').Attack}
 */
export const kills = {
  name: 'kills',
  limits: { cpu: 600, wall: 900 },
  runCase: async (_index, r, tools) => {
    const x = r.float();
    if (x < 0.4) await kill(r, tools);
    else if (x < 0.6) await fullDisk(r, tools);
    else if (x < 0.78) await rights(r, tools);
    else if (x < 0.92) await two(r, tools);
    else await damaged(r, tools);
  },
};
