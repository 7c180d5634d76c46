import { deepCase } from './deep.mjs';
import { semantic } from './semantic.mjs';
import { stranger } from './stranger.mjs';

/**
 * The algebra of masks against definitions of our own: allows, cover, select, counts, JSON, names, limits.
 * @type {import('../../attack.ts').Attack}
 */
export const masks = {
  name: 'masks',
  limits: { cpu: 60, wall: 240 },
  runCase: (_index, r, tools) => {
    const x = r.float();
    tools.label(x < 0.55 ? 'semantic' : x < 0.57 ? 'deep' : 'stranger');
    if (x < 0.55) semantic(r, tools);
    else if (x < 0.57) deepCase(r, tools);
    else stranger(r, tools);
  },
};
