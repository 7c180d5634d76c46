import { contextOf, type Layer, prefixed, scoped, sinusoidalPositions } from '@longspan/core-tensor';
import { adaptiveEmbedding, adaptiveSoftmax, segmentRecurrence, type XlLosses, type XlTargets } from '@longspan/memory-xl';
import { add, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Variant, XlSize } from './xl-input.ts';

/** Every byte is a token. */
const vocabulary = 256;

/**
 * A Transformer-XL over bytes, or the same layers with absolute positions: those are added to the embedding, counted from the beginning
 * of each segment, and distances count for nothing. That is the paper's ablation: only where positions enter differs.
 */
export function ablationModel(
  { width, heads, layers }: XlSize,
  {
    positions,
    memoryLength,
    reach,
  }: { readonly positions: Variant['positions']; readonly memoryLength: number; readonly reach?: number | undefined },
): Layer<XlTargets, XlLosses> {
  const embedding = adaptiveEmbedding({ vocabulary, width });
  const recurrence = segmentRecurrence({
    layers,
    width,
    heads,
    headDim: width / heads,
    innerWidth: 4 * width,
    norm: 'pre',
    memoryLength,
    reach,
  });
  const softmax = adaptiveSoftmax({ vocabulary, width });
  return {
    init: (key) => ({
      ...prefixed('embedding', embedding.init(key.fold('embedding'))),
      ...prefixed('recurrence', recurrence.init(key.fold('recurrence'))),
      ...prefixed('softmax', softmax.init(key.fold('softmax'))),
    }),
    apply(parameters, { tokens, memory, targets }, context) {
      const {
        losses,
        layers: remembered,
        lengths,
      } = tidy(() => {
        const embedded = embedding.apply(scoped(parameters, 'embedding'), tokens);
        const given =
          positions === 'relative'
            ? { hidden: embedded }
            : { hidden: add(embedded, sinusoidalPositions(tokens.shape[1] as number, width)), r: zeros([1, width]) };
        const inner = contextOf(context, 'recurrence');
        const { hidden, memory: next } = recurrence.apply(scoped(parameters, 'recurrence'), { ...given, memory }, inner);
        const losses: Tensor = softmax.apply(scoped(parameters, 'softmax'), { hidden, targets });
        return { losses, layers: [...next.layers], lengths: [...next.lengths] };
      });
      return { losses, memory: { layers: remembered, lengths } };
    },
  };
}
