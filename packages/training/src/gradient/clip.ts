import type { Parameters } from '@longspan/core-tensor';
import { requireKind } from '@longspan/core-tensor/error';
import { add, div, minimum, mul, type Scalar, scalar, sqrt, square, sum, tidy } from '@tensorflow/tfjs-core';
import { addedUp } from './added-up.ts';
import { requireFloats } from './require-floats.ts';

/**
 * The length of all gradients together, as one vector: the root of the sum of their squares in float32, as in torch. From a length of about
 * 1.8e19 on that sum overflows and the length is Infinity; numbers below about 1e-19 lose digits in it, and below 1e-23 add nothing.
 * @shape gradients: any; the norm: a scalar
 * @throws ConfigError when gradients are no record of tensors
 * @cost one pass over the gradients
 * @example
 * await globalNorm({ weight: tensor1d([3]), bias: tensor1d([4]) }).data(); // => [5]
 */
export function globalNorm(gradients: Parameters): Scalar {
  requireGradients('globalNorm', gradients);
  return tidy(() => {
    const squares = Object.values(gradients).map((each) => sum(square(each)));
    return squares.length === 0 ? scalar(0) : sqrt(addedUp(squares) as Scalar);
  });
}

/** Gradients, and the length that they had. */
export interface ClippedGradients {
  readonly gradients: Parameters;
  readonly norm: Scalar;
}

/**
 * Shortens all gradients by one factor where they are longer together than `maxNorm`: times min(1, maxNorm / (norm + 1e-6)). As in torch the
 * norm is Infinity from a length of about 1.8e19 on: finite gradients become 0 then, infinite ones NaN. A norm that is NaN makes all NaN.
 * @shape those of the gradients; the norm: a scalar, that before clipping
 * @returns new tensors, of the caller's
 * @throws ConfigError when maxNorm is not above 0
 * @cost two passes over the gradients; nothing is read back
 * @source Pascanu et al. 2013 (arXiv 1211.5063), as torch.nn.utils.clip_grad_norm_
 * @example
 * const { gradients, norm } = clipByGlobalNorm({ weight: tensor1d([3]), bias: tensor1d([4]) }, 0.5);
 * await gradients.weight.data(); // => [0.3]
 * await norm.data(); // => [5]
 */
export function clipByGlobalNorm(gradients: Parameters, maxNorm: number): ClippedGradients {
  requireGradients('clipByGlobalNorm', gradients);
  requireKind('clipByGlobalNorm', 'maxNorm', maxNorm, 'positive');
  const norm = globalNorm(gradients);
  const clipped = tidy(() => {
    const factor = minimum(1, div(maxNorm, add(norm, 1e-6)));
    return Object.fromEntries(Object.entries(gradients).map(([name, each]) => [name, mul(each, factor)]));
  });
  return { gradients: clipped, norm };
}

function requireGradients(caller: string, gradients: Parameters): void {
  requireKind(caller, 'gradients', gradients, 'record');
  for (const [name, each] of Object.entries(gradients)) requireFloats(caller, `gradients.${name}`, each);
}
