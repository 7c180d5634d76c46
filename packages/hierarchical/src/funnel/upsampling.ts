import { dims } from '@longspan/core-tensor';
import { requireInteger, requireKnown, ShapeError } from '@longspan/core-tensor/error';
import { reorderRows, requireFilled } from '@longspan/core-tensor/kernel';
import { clone, type Tensor } from '@tensorflow/tfjs-core';
import { mostMembers } from '../groups/groups.ts';

/**
 * Spreads the vectors of the last block over the tokens of the first again: each stands for `stride` of them; <cls> stands for
 * itself, and zeros fill what truncation dropped.
 * @shape x [b, m, width]; returns [b, length, width]
 * @throws ShapeError when x has too few vectors for that length, or none
 * @cost one copy
 * @source FunnelDecoder's `upsample` of Hugging Face transformers 4.57
 * @example
 * await funnelUpsampling(tensor3d([1, 2, 3], [1, 3, 1]), { stride: 2, length: 6 }).data(); // => [1, 2, 2, 3, 3, 0]
 */
export function funnelUpsampling(
  x: Tensor,
  options: {
    readonly stride: number;
    readonly length: number;
    readonly keepCls?: boolean | undefined;
    readonly truncate?: boolean | undefined;
  },
): Tensor {
  const caller = 'funnelUpsampling';
  requireKnown(caller, options, { stride: true, length: true, keepCls: 'flag', truncate: 'flag' });
  const { stride, length, keepCls = true, truncate = true } = options;
  const sizes = dims(caller, { x: [x, 'b n c:float32'] });
  requireFilled(caller, sizes);
  const { n: count } = sizes;
  requireInteger(caller, { stride, length }, 1, { atMost: mostMembers });
  if (stride === 1 && count === length) return clone(x);
  const alone = keepCls ? 1 : 0;
  const spread = alone + (count - alone) * stride;
  const filled = spread + (keepCls && truncate ? stride - 1 : 0);
  if (filled < length) {
    throw new ShapeError({
      caller,
      problem: 'x must have enough vectors to fill the length.',
      expected: `[b, m, c] that fill ${length} tokens, ${stride} for each vector`,
      got: `[${x.shape.join(', ')}], for ${filled} tokens`,
      remedy: 'give the stride and the length of the encoder, and its keepCls and truncate.',
    });
  }
  const source = (token: number): number => (token < alone ? token : alone + Math.floor((token - alone) / stride));
  return reorderRows(
    x,
    Int32Array.from({ length }, (_, token) => (token < spread ? source(token) : -1)),
  );
}
