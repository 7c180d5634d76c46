import { ofKinds } from '../of-kinds.ts';
import { chosen } from './chosen.ts';
import { layers } from './layers.ts';
import { own } from './own.ts';

/** Whole mechanisms: by what must hold of any of them, and by definitions of their papers. */
export const mechanisms = ofKinds('mechanisms', {
  layers: { weight: 6, run: layers },
  chosen: { weight: 4, run: chosen },
  own: { weight: 3, run: own },
});
