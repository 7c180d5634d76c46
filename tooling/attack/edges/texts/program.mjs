import { big } from './big.mjs';
import { growth } from './growth.mjs';
import { spans } from './spans.mjs';
import { tokens } from './tokens.mjs';

/**
 * Texts of many languages and of none: spans, levels, tokens; and that the work grows as the text does.
 * @type {import('../../attack.ts').Attack}
 */
export const texts = {
  name: 'texts',
  limits: { cpu: 90, wall: 240 },
  runCase: async (_index, r, tools) => {
    const x = r.float();
    if (x < 0.6) spans(r, tools);
    else if (x < 0.9) await tokens(r, tools);
    else if (x < 0.995) await growth(r, tools);
    else await big(r, tools);
  },
};
