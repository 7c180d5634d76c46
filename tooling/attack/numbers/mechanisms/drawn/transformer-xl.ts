import * as X from '@longspan/memory-xl';
import { xlLanguageModel } from '@longspan/models/transformer-xl';
import type { Loose } from '../../loose.ts';

import type { Drawn, Made } from '../made.ts';

/** Transformer-XL (arXiv 1901.02860), a layer and a language model. */
export function transformerXl(drawn: Drawn): Made {
  const { bs, c, r, B, heads, headDim, width, n, kind, opt } = drawn;
  const memoryLength = r.int(0, 12);
  const window = r.chance() ? { left: r.int(0, Math.max(0, memoryLength)) } : undefined;
  const cfg: Loose = opt({
    layers: r.int(1, 2),
    width,
    heads,
    headDim,
    innerWidth: 6,
    memoryLength,
    window,
    normalization: r.pick(['pre', 'post']),
    maxDistance: r.pick([undefined, 5]),
    sharedBiases: r.pick([undefined, true]),
    ...bs,
  });
  if (width % 2 === 1) {
    return { name: 'none', layer: undefined, width, B, n };
  }
  c.note({ layer: kind, B, n, ...cfg });
  if (kind === 'xl') return { name: kind, layer: () => X.segmentRecurrence(cfg), width, B, n, causal: true, smooth: true };
  const cutoffs = r.pick([undefined, [4], [3, 6]]);
  const lm: Loose = {
    ...cfg,
    vocabulary: 9,
    ...opt({ cutoffs, widthDivisor: cutoffs ? r.pick([undefined, 2]) : undefined, tiedTables: r.pick([undefined, true]) }),
  };
  if (lm.widthDivisor && width < 4) delete lm.widthDivisor;
  c.note({ cutoffs, widthDivisor: lm.widthDivisor, tiedTables: lm.tiedTables });
  return { name: kind, layer: () => xlLanguageModel(lm).logProbabilities, width: 9, B, n, causal: true, input: 'ids', vocabulary: 9 };
}
