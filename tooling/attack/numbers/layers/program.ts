import { ofKinds } from '../of-kinds.ts';
import { crossEntropy } from './cross-entropy.ts';
import { feedForward } from './feed-forward.ts';
import { gather } from './gather.ts';
import { gelu } from './gelu.ts';
import { heads } from './heads.ts';
import { linear } from './linear.ts';
import { norms } from './norms.ts';
import { positions } from './positions.ts';
import { random } from './random-numbers.ts';
import { rotary } from './rotary.ts';
import { stock } from './stock.ts';

// core-tensor's layers, losses, positions, random numbers, and the stock operations that the wasm kernels replace: own float64 loops.

/** core-tensor's layers, losses, positions and random numbers, and tfjs's operations on wasm-backend's kernels, beside float64 loops. */
export const layers = ofKinds('layers', {
  linear: { weight: 3, run: linear },
  heads: { weight: 1, run: heads },
  feedForward: { weight: 2, run: feedForward },
  norms: { weight: 3, run: norms },
  gelu: { weight: 1, run: gelu },
  crossEntropy: { weight: 4, run: crossEntropy },
  gather: { weight: 1, run: gather },
  rotary: { weight: 1, run: rotary },
  positions: { weight: 3, run: positions },
  random: { weight: 1, run: random },
  stock: { weight: 5, run: stock },
});
