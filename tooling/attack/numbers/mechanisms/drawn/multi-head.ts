import * as A from '@longspan/attention-sparse';
import * as C from '@longspan/core-tensor';
import { languageModel } from '@longspan/models/language-model';
import * as V from '@longspan/reversible';
import type { Loose } from '../../loose.ts';
import type { Drawn, Made } from '../made.ts';
import { sameChoice } from '../same-choice.ts';

/** Multi-head attention of any mask, alone, in transformer layers, recomputed, reversible, in a language model. */
export function multiHead(drawn: Drawn): Made {
  const { bs, c, r, B, heads, headDim, width, n, kind, pad, padded, context, opt, note } = drawn;
  const causal = r.chance();
  const left = r.int(0, 20);
  const g = r.subset(Math.min(n, 10), 0.2);
  const forms: [string, A.Mask][] = causal
    ? [
        ['causal', A.causal()],
        ['window', A.slidingWindow({ left, right: 0 })],
        ['window+globals', A.slidingWindow({ left, right: 0 }).or(A.globalTokens(g)).and(A.causal())],
        ['strided', A.strided({ stride: r.int(1, 6) })],
        ['dilated', A.dilatedWindow({ left: r.int(0, 5), dilation: r.int(1, 4) })],
        ['blockWindow', A.blockWindow({ blockSize: r.int(1, 5), left: 1 }).and(A.causal())],
        ['fixed', A.fixed({ stride: 4, summary: r.int(1, 4) })],
      ]
    : [
        ['everything', A.everything()],
        ['window', A.slidingWindow({ left, right: r.int(0, 10) })],
      ];
  const [label, mask] = r.pick(forms);
  const keyHeads = r.pick([1, heads]);
  const position = r.pick(['none', 'rotary', 'bias', 'alibi']);
  const evenDim = headDim % 2 === 0;
  const cfg = opt({
    width,
    heads,
    keyHeads,
    mask,
    ...bs,
    bias: r.pick([undefined, false]),
    rotary: position === 'rotary' && evenDim ? { style: r.pick(['half', 'interleaved']) } : undefined,
    relativeBias: position === 'bias' ? { buckets: 8, maxDistance: 20, bidirectional: !causal } : undefined,
    alibi: position === 'alibi' ? true : undefined,
  });
  note({ mask: label, left, g, keyHeads, position, causal, ...bs });
  if (kind === 'mha')
    return {
      name: kind,
      layer: (cache: boolean) => A.multiHeadAttention({ ...cfg, ...(cache ? { cache: true } : {}) } as Loose),
      width,
      B,
      n,
      causal,
      decodes: causal && !pad,
      ...(padded ? { padded, context: context! } : {}),
      smooth: true,
    };
  if (kind === 'transformer')
    return {
      name: kind,
      layer: (cache: boolean) =>
        C.transformerLayer(
          opt({
            width,
            attention: A.multiHeadAttention({ ...cfg, ...(cache ? { cache: true } : {}) } as Loose),
            norm: sameChoice(c, ['pre', 'post']),
            feedForward: c.rng.chance() ? C.gatedFeedForward({ width, innerWidth: 7 }) : undefined,
          }) as Loose,
        ),
      width,
      B,
      n,
      causal,
      decodes: false,
      ...(padded ? { padded, context: context! } : {}),
      smooth: true,
    };
  if (kind === 'languageModel') {
    const lossChunk = r.pick([undefined, 3]);
    return {
      name: kind,
      layer: (cache: boolean) =>
        languageModel(
          opt({
            vocabulary: 7,
            width,
            layers: {
              a: C.transformerLayer({ width, attention: A.multiHeadAttention({ ...cfg, ...(cache ? { cache: true } : {}) } as Loose) }),
            },
            tied: sameChoice(c, [true, false]),
            lossChunkLength: lossChunk,
          }) as Loose,
        ),
      width: 7,
      B,
      n,
      causal,
      input: 'ids',
      vocabulary: 7,
      decodes: causal && !pad,
      ...(padded ? { padded, context: context! } : {}),
    };
  }
  const inner = A.multiHeadAttention(cfg as Loose);
  if (kind === 'recompute')
    return {
      name: kind,
      layer: () => V.recomputedLayer(inner as Loose),
      width,
      B,
      n,
      causal,
      ...(padded ? { padded, context: context! } : {}),
      smooth: true,
    };
  const keepEvery = r.pick([undefined, 1, 2]);
  const blocks = Array.from({ length: r.int(1, 3) }, () => ({
    attention: A.multiHeadAttention(cfg as Loose),
    feedForward: C.feedForward({ width, innerWidth: 6, activation: 'gelu' as const }),
  }));
  return {
    name: kind,
    layer: () => V.reversibleSequence(blocks as Loose, opt({ keepEvery })),
    width: 2 * width,
    B,
    n,
    causal,
    ...(padded ? { padded, context: context! } : {}),
    smooth: true,
  };
}
