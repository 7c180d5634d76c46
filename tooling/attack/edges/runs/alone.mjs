import '@tensorflow/tfjs-backend-cpu';
import { createKey, disposeState } from '@longspan/core-tensor';
import * as t from '@longspan/training';
import * as tf from '@tensorflow/tfjs';
import { Hostile } from '../odd-values.mjs';
import { batch, models } from './draw.mjs';

export class Stop extends Hostile {}

/** A store of checkpoints in memory. */
export function memory() {
  const s = {
    bytes: undefined,
    writes: 0,
    read: async () => s.form(s.bytes),
    form: (b) => b,
    write: async (b) => {
      s.writes++;
      await s.during?.();
      s.bytes = Uint8Array.from(b);
    },
  };
  return s;
}

/** A run that nothing stops. */
export async function alone(config, store, extra = {}) {
  const seen = [];
  const open = { count: 0 };
  const { kind, steps, length, optimizer, every, validation, accumulate, averageDecay, maxNorm, zero, trains } = config;
  const data =
    extra.data ??
    function* (from) {
      open.count++;
      try {
        for (let at = from; at < length; at++) {
          extra.onBatch?.(at);
          yield batch(at, kind, zero);
        }
      } finally {
        open.count--;
      }
    };
  const validationData = function* () {
    open.count++;
    try {
      for (let at = 0; at < 3; at++) {
        extra.onValidation?.(at);
        yield batch(at + 50, kind);
      }
    } finally {
      open.count--;
    }
  };
  const run = t.train(models[kind], data, {
    key: createKey(config.key),
    steps,
    schedule: extra.schedule ?? t.cosineSchedule({ learningRate: config.rate, steps }),
    ...(optimizer ? { optimizer: optimizer() } : {}),
    ...(maxNorm ? { maxNorm } : {}),
    ...(accumulate ? { accumulate } : {}),
    ...(averageDecay === undefined ? {} : { averageDecay }),
    ...(trains ? { trains } : {}),
    ...(validation
      ? { validation: { data: validationData, every: validation.every, ...(validation.patience ? { patience: validation.patience } : {}) } }
      : {}),
    checkpoint: { store, every },
    ...(extra.signal ? { signal: extra.signal } : {}),
  });
  return { run, seen, open };
}

export const disposeTrained = (r) => {
  if (!r) return;
  tf.dispose([Object.values(r.parameters), Object.values(r.average)]);
  disposeState(r.state);
};
