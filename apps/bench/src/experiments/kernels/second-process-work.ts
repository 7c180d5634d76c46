import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { Pass } from '../../attention/method.ts';
import { answerQuestions } from '../../process/second-process.ts';
import type { Reporter } from '../../process/work.ts';
import { attentionProblem } from './attention-problem.ts';
import { ownKernels } from './attention-work.ts';
import type { Bench } from './bench.ts';
import type { AttentionSize } from './input.ts';

/** What the second process is told: to do the same work on one thread over and over, or to rest. */
export type SecondState = 'work' | 'rest';

/** The work of the second process of `measureThreads`. */
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
  const goOn = (): void => {
    if (state === 'rest') return;
    once();
    setImmediate(goOn); // a message may have come
  };
  return answerQuestions(reporter, async (wanted) => {
    if (state === wanted) return state;
    state = wanted as SecondState;
    setImmediate(goOn); // after the answer
    return state;
  });
}
