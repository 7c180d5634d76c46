import { createKey, disposeParameters } from '@longspan/core-tensor';
import { hiddenOf } from '@longspan/core-tensor/layer';
import { dispose, tidy } from '@tensorflow/tfjs-core';
import { mobyDick } from '../../text/moby-dick.ts';
import { joined, split } from '../../text/text.ts';
import { lesson, lessons } from '../../training/excerpts.ts';
import { runSteps } from '../../training/run.ts';
import { paperTraining } from '../../training/schedules.ts';
import type { TrainFigures, TrainInput } from './input.ts';
import { languageModel } from './stack.ts';

const evaluatedBatches = 4;

/** Trains on the book; every way from the same key, on the same excerpts. */
export async function measureTraining(input: TrainInput, onStep: (done: number, label: string) => Promise<void>): Promise<TrainFigures> {
  const { seed, batch, length, steps, learningRate } = input;
  const key = createKey(seed).fold('train');
  const { training, heldOut } = split(mobyDick());
  const [book, held] = [joined(training), joined(heldOut)];
  const { loss } = languageModel(input);
  const { losses, ends, parameters } = await runSteps(
    loss,
    lessons(book, key.fold('stretches'), batch, length),
    { ...paperTraining(learningRate), steps, key },
    ({ total, losses }) => onStep(losses.length / total, `${((losses.at(-1) as number) / Math.LN2).toFixed(2)} bits per character`),
  );
  let evaluated = 0;
  for (let nth = 0; nth < evaluatedBatches; nth++) {
    const found = tidy(() => {
      const { x, context } = lesson(held, key.fold('held out').fold(nth), batch, length);
      return hiddenOf(loss.apply(parameters, x, context));
    });
    evaluated += ((await found.data())[0] as number) / evaluatedBatches;
    dispose(found);
  }
  disposeParameters(parameters);
  return { kind: 'train', bits: losses.map((loss) => loss / Math.LN2), heldOut: evaluated / Math.LN2, seconds: ends.at(-1) ?? 0 };
}
