import { dims } from '@longspan/core-tensor';
import { ShapeError } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';

export interface Tokens {
  readonly batch: number;
  readonly length: number;
}

/**
 * The batch size and length of token features [b, n, width].
 * @throws ShapeError when they are not as wide as the layer
 */
export function tokensOf(caller: string, name: string, x: Tensor, width: number): Tokens {
  const sizes = dims(caller, { [name]: [x, 'b n width'] } as const);
  if (sizes.width === width) return { batch: sizes.b, length: sizes.n };
  throw new ShapeError({
    caller,
    problem: `${name} must be as wide as the layer.`,
    expected: `[b, n, width=${width}]`,
    got: `[${x.shape.join(', ')}]`,
    remedy: `give ${name} ${width} along axis 2, or make the layer with width ${sizes.width}.`,
  });
}
