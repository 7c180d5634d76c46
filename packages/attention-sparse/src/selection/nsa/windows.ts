import type { Parameters } from '@longspan/core-tensor';
import { lens } from '@longspan/core-tensor/layer';
import { add, concat, matMul, mean, relu, reshape, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** The windows that are compressed to one key and one value each: `length` tokens, one beginning every `stride` tokens. */
export interface Windows {
  readonly length: number;
  readonly stride: number;
}

/** How many whole windows lie in a sequence. */
export const windowCount = (tokens: number, { length, stride }: Windows): number =>
  tokens < length ? 0 : Math.floor((tokens - length) / stride) + 1;

/** The sequence as windows, which may overlap. @shape x [b, h, n, d] -> [b, h, windows, length, d] */
function windowsOf(x: Tensor, { length, stride }: Windows): Tensor {
  const [batch = 0, heads = 0, tokens = 0, width = 0] = x.shape;
  const count = windowCount(tokens, { length, stride });
  // The stride divides the length: each window is so many strides side by side.
  const strides = Array.from({ length: length / stride }, (_, at) =>
    reshape(slice(x, [0, 0, at * stride, 0], [batch, heads, count * stride, width]), [batch, heads, count, stride, width]),
  );
  return strides.length === 1 ? (strides[0] as Tensor) : concat(strides, 3);
}

/** One vector for each window, its mean. @shape x [b, h, n, d] -> [b, h, windows, d] */
export const meanOfWindows = (x: Tensor, windows: Windows): Tensor => tidy(() => mean(windowsOf(x, windows), 3));

/**
 * One vector for each window, by a network of two layers that all heads share and that knows the place in the window.
 * @shape x [b, h, n, d] -> [b, h, windows, d]; parameters position [length, d], w1 [length · d, inner], b1 [inner], w2 [inner, d], b2 [d]
 */
export function compressWindows(x: Tensor, windows: Windows, parameters: Parameters, caller: string): Tensor {
  const { get } = lens(caller, 'parameter', parameters);
  return tidy(() => {
    const [batch = 0, heads = 0, , width = 0] = x.shape;
    const cut = add(windowsOf(x, windows), get('position'));
    const inner = relu(add(matMul(reshape(cut, [-1, windows.length * width]), get('w1')), get('b1')));
    return reshape(add(matMul(inner, get('w2')), get('b2')), [batch, heads, -1, width]);
  });
}
