import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { Pass } from '../../attention/method.ts';
import type { Reporter } from '../../process/work.ts';
import { attentionProblem } from './attention-problem.ts';
import { ownKernels } from './attention-work.ts';
import type { Bench } from './bench.ts';
import type { AttentionSize } from './input.ts';
import type { SecondState } from './second-process.ts';

/** The work of the other process of second-process.ts, which ends when that one lets go of it. */
export async function runSecondProcess(
  input: AttentionSize & { readonly pass: Pass },
  { key, swap }: Bench,
  reporter: Reporter,
): Promise<never> {
  const { takeOver, run } = ownKernels(input, attentionProblem(input, key), swap);
  await takeOver();
  const once = (): void => dispose([run()].flat() as Tensor[]);
  once();
  let state: SecondState = 'rest';
  const say = (): Promise<void> => reporter.progress({ done: 0, label: state });
  const goOn = (): void => {
    if (state === 'rest') return;
    once();
    setImmediate(goOn); // a message may have come
  };
  process.on('message', async (wanted: SecondState) => {
    state = wanted;
    await say();
    goOn();
  });
  await say();
  return new Promise(() => {});
}
