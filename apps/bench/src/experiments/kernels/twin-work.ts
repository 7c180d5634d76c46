import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { Pass } from '../../attention/method.ts';
import type { Reporter } from '../../process/work.ts';
import { attentionProblem } from './attention-problem.ts';
import { ownKernels } from './attention-work.ts';
import type { Bench } from './bench.ts';
import type { AttentionSize } from './input.ts';
import type { TwinState } from './twin.ts';

/** The work of the other process of twin.ts, which ends when that one lets go of it. */
export async function runTwin(input: AttentionSize & { readonly pass: Pass }, { key, swap }: Bench, reporter: Reporter): Promise<never> {
  const { takeOver, run } = ownKernels(input, attentionProblem(input, key), swap);
  await takeOver();
  const once = (): void => dispose([run()].flat() as Tensor[]);
  once();
  let state: TwinState = 'rest';
  const say = (): Promise<void> => reporter.progress({ done: 0, label: state });
  const goOn = (): void => {
    if (state === 'rest') return;
    once();
    setImmediate(goOn); // an order may have come
  };
  process.on('message', async (order: TwinState) => {
    state = order;
    await say();
    goOn();
  });
  await say();
  return new Promise(() => {});
}
