import { cost, createLayout, receptiveField } from '@longspan/attention-sparse/analysis';
import { causal, drawMask, slidingWindow } from '@longspan/attention-sparse/mask';

const mask = slidingWindow({ left: 2, right: 0 }).and(causal());
console.log(
  JSON.stringify({
    name: mask.name,
    seen: [0, 1, 2, 3].map((key) => mask.allows(2, key)),
    drawn: drawMask(mask, { queryLength: 4 }),
    blocks: createLayout(mask, { queryLength: 256 }).indices.length,
    pairs: cost(mask, { queryLength: 256 }).visitedPairs,
    reached: receptiveField([mask, mask], { length: 256 }).layers[1].count(3),
  }),
);
