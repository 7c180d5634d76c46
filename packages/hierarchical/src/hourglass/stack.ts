import { chain, feedForward, type Layer, layerNorm, transformerLayer } from '@longspan/core-tensor';
import { fanInDraw } from '@longspan/core-tensor/layer';
import type { HourglassPartContext, HourglassPlan } from './plan.ts';
import { relativeAttention } from './relative-attention.ts';

/** The feed-forward layer of every part: GELU by tanh. */
export const hourglassFeedForward = ({ width, innerWidth, chunkLength }: HourglassPlan): Layer =>
  feedForward({ width, innerWidth, activation: 'geluTanh', names: { inner: '0', outer: '2' }, draw: fanInDraw, chunkLength });

/** So many pre-norm layers over the vectors of one level, `layers.N`, and a norm; each vector stands for `total` tokens. */
export function hourglassStack(
  plan: HourglassPlan,
  { layers, total }: { readonly layers: number; readonly total: number },
): Layer<HourglassPartContext> {
  const makeNorm = () => layerNorm({ width: plan.width, epsilon: plan.epsilon });
  const one = () =>
    transformerLayer({
      width: plan.width,
      // Whether it has state makes no difference here.
      attention: relativeAttention(plan, total) as Layer<HourglassPartContext>,
      feedForward: hourglassFeedForward(plan),
      makeNorm,
      hiddenDropout: plan.hiddenDropout,
      names: { attentionNorm: 'norm', feedForwardNorm: 'ff_norm', feedForward: 'feed_forward' },
    });
  const numbered: Readonly<Record<string, Layer<HourglassPartContext>>> = Object.fromEntries(
    Array.from({ length: layers }, (_, at) => [`layers.${at}`, plan.wrapLayer(one())]),
  );
  return chain({ ...numbered, norm: makeNorm() });
}
