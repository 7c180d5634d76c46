import { folders } from './folders.mjs';
import { signals } from './signals.mjs';
import { wrongFlags } from './wrong-flags.mjs';

/**
 * The command line of the bench: wrong flags, signals, folders that take nothing, two runs at once, children of a killed parent.
 * @type {import('../../attack.ts').Attack}
 */
export const bench = {
  name: 'bench',
  limits: { cpu: 900, wall: 1200 },
  runCase: async (_index, r, tools) => {
    const x = r.float();
    if (x < 0.5) await wrongFlags(r, tools);
    else if (x < 0.8) await signals(r, tools);
    else await folders(r, tools);
  },
};
