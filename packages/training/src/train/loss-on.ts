import { disposeState, type LayerState, type Parameters } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { batchesOf, closeBatches, type Data, disposeBatch, nextBatch } from './batch.ts';
import { type LossModel, lossPass, type Pass } from './pass.ts';

/** The mean loss on all of some data, without dropout; or that the signal came before its end. */
export async function lossOn(
  model: LossModel,
  parameters: Parameters,
  data: Data,
  signal: AbortSignal | undefined,
): Promise<number | 'signal'> {
  let [sum, count]: [number, number] = [0, 0];
  let state: LayerState = {};
  const batches = batchesOf('train', data, 0);
  try {
    for (;;) {
      const next = await nextBatch(batches, signal);
      if (next === 'signal') return next;
      const { value: batch, done } = next;
      if (done) break;
      let pass: Pass;
      try {
        pass = lossPass(model, parameters, batch, state);
      } finally {
        disposeBatch(batch);
      }
      disposeState(state);
      state = pass.state;
      if (pass.count > 0) sum += ((await pass.loss.data())[0] as number) * pass.count; // else it is the mean of nothing
      pass.loss.dispose();
      count += pass.count;
    }
  } finally {
    disposeState(state);
    await closeBatches(batches, signal);
  }
  if (count > 0) return sum / count;
  throw new ConfigError({
    caller: 'train',
    problem: 'validation.data must have at least one batch with a target.',
    expected: 'batches from position 0 on',
    got: 'none',
    remedy: 'hold out more, or leave validation out.',
  });
}
