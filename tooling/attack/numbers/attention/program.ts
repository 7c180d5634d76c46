import { ofKinds } from '../of-kinds.ts';
import { compare } from './compare.ts';
import { costCase } from './cost.ts';
import { draw } from './draw.ts';
import { dropoutCase } from './dropout.ts';
import { farRows } from './far-rows.ts';
import { mergeCase } from './merge.ts';
import { weightsCase } from './weights.ts';

/** Attention with every score term, mask and layout, forward and backward, beside {@link reference}. */
export const attention = ofKinds('attention', {
  plain: { weight: 4, run: (c) => compare(c, draw(c, { terms: false })) },
  terms: { weight: 6, run: (c) => compare(c, draw(c, { terms: true })) },
  poison: { weight: 4, run: (c) => compare(c, draw(c, { poison: true })) },
  selected: { weight: 2, run: (c) => compare(c, draw(c, { selected: true })) },
  large: { weight: 1, run: (c) => compare(c, draw(c, { large: true })) },
  far: { weight: 2, run: farRows },
  dropout: { weight: 2, run: dropoutCase },
  weights: { weight: 1, run: weightsCase },
  merge: { weight: 1, run: mergeCase },
  cost: { weight: 2, run: costCase },
});
