import '@tensorflow/tfjs-backend-cpu';
import { multiHeadAttention, slidingWindow } from '@longspan/attention-sparse';
import { linear, transformerLayer } from '@longspan/core-tensor';
import { resetRows } from '@longspan/memory-xl';
import { languageModel } from '@longspan/models/language-model';
import { xlLanguageModel } from '@longspan/models/transformer-xl';
import * as t from '@longspan/training';
import * as tf from '@tensorflow/tfjs';
import { shown } from '../../shown.ts';

export const models = {
  plain: languageModel({ vocabulary: 7, width: 4, layers: { one: linear({ inFeatures: 4, outFeatures: 4 }) } }).loss,
  dropout: languageModel({
    vocabulary: 7,
    width: 4,
    layers: {
      one: transformerLayer({
        width: 4,
        attention: multiHeadAttention({ width: 4, heads: 2, mask: slidingWindow({ left: 2, right: 0 }) }),
        hiddenDropout: 0.2,
      }),
    },
  }).loss,
  memory: xlLanguageModel({ vocabulary: 7, width: 4, layers: 1, heads: 1, headDim: 4, innerWidth: 4, memoryLength: 4, hiddenDropout: 0.1 }),
};

export const ids = (at, n = 4) => Array.from({ length: 2 * n }, (_, i) => (3 * (at % 11) + i * i + i) % 7);

export function batch(at, kind, hidden) {
  const context = { targets: kind === 'memory' ? ids(at + 1) : tf.tensor2d(ids(at + 1), [2, 4], 'int32') };
  return {
    x: tf.tensor2d(ids(at), [2, 4], 'int32'),
    context,
    ...(kind === 'memory' && at % 4 === 0 ? { carry: (state) => resetRows(state, [1]) } : {}),
    ...(hidden?.(at) ? { count: 0 } : at % 3 === 1 ? { count: 5 } : {}),
  };
}

const optimizers = [
  undefined,
  () => t.sgd({ momentum: 0.9 }),
  () => t.adamW({ weightDecay: 0.1 }),
  () => t.adafactor({ beta1: 0.9, leastScale: 0 }),
  () =>
    t.parameterGroups([
      { of: t.named('*.weight'), optimizer: t.adamW() },
      { of: t.named('*'), optimizer: t.sgd() },
    ]),
];

/** The configuration of a run. */
export const drawn = (r) => ({
  key: r.int(0, 1e6),
  kind: r.pick(Object.keys(models)),
  steps: r.int(1, 9),
  length: r.chance(0.3) ? r.int(1, 14) : 1000,
  optimizer: r.pick(optimizers),
  every: r.int(1, 4),
  rate: r.pick([0.01, 0.05, 0.2]),
  validation: r.chance(0.6) ? { every: r.int(1, 3), patience: r.chance(0.7) ? r.int(1, 3) : undefined } : undefined,
  accumulate: r.chance(0.4) ? r.int(1, 3) : undefined,
  averageDecay: r.chance(0.4) ? r.pick([0, 0.5, 0.9, 1]) : undefined,
  maxNorm: r.chance(0.4) ? 0.5 : undefined,
  zero: r.chance(0.25) ? (at) => at % 4 === 2 : undefined,
  trains: r.chance(0.15) ? t.named('*.weight') : undefined,
});

export const describe = (c) =>
  shown(
    {
      ...c,
      optimizer: c.optimizer?.().name ?? 'default',
      zero: c.zero ? 'at % 4 === 2' : undefined,
      trains: c.trains ? '*.weight' : undefined,
    },
    700,
  );
