import { cast, concat, equal, fill, slice, type Tensor, where } from '@tensorflow/tfjs-core';
import type { LedConfig } from './config.ts';

/**
 * What the decoder reads so that it names each of these tokens: the start token, then all but the last of them; −100, which stands for no
 * token, as padding.
 * @shape ids int32 [b, n] -> int32 [b, n]
 */
export function shiftRight(ids: Tensor, { decoderStartTokenId, padTokenId }: LedConfig): Tensor {
  const [batch, length] = ids.shape as [number, number];
  const given = cast(slice(ids, [0, 0], [batch, length - 1]), 'float32'); // exact below 2^24; comparisons of int32 are not on every backend
  const tokens = where(equal(given, -100), fill(given.shape, padTokenId), given);
  return cast(concat([fill([batch, 1], decoderStartTokenId), tokens], 1), 'int32');
}
