import { disposeState, type LayerState, type Parameters } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { batchesOf, type Data, disposeBatch } from './batch.ts';
import { type LossModel, lossPass, type Pass } from './pass.ts';

/** The mean loss on all of some data, without dropout. */
export async function lossOn(model: LossModel, parameters: Parameters, data: Data): Promise<number> {
  let [sum, count]: [number, number] = [0, 0];
  let state: LayerState = {};
  try {
    for await (const batch of batchesOf('train', data, 0)) {
      let pass: Pass;
      try {
        pass = lossPass(model, parameters, batch, state);
      } finally {
        disposeBatch(batch);
      }
      disposeState(state);
      state = pass.state;
      sum += ((await pass.loss.data())[0] as number) * pass.count;
      pass.loss.dispose();
      count += pass.count;
    }
  } finally {
    disposeState(state);
  }
  if (count > 0) return sum / count;
  throw new ConfigError({
    caller: 'train',
    problem: 'validation.data must have at least one batch.',
    expected: 'batches from position 0 on',
    got: 'none',
    remedy: 'hold out more, or leave validation out.',
  });
}
