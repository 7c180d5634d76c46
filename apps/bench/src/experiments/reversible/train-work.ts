import { createKey, crossEntropy, type Key } from '@longspan/core-tensor';
import { hiddenOf } from '@longspan/core-tensor/layer';
import { dispose, type Scalar, tidy } from '@tensorflow/tfjs-core';
import { mobyDick } from '../../text/moby-dick.ts';
import { joined, split } from '../../text/text.ts';
import { lesson } from '../../training/excerpts.ts';
import { paperTraining } from '../../training/schedule.ts';
import { train } from '../../training/train.ts';
import { variables } from '../../training/variables.ts';
import type { TrainFigures, TrainInput } from './input.ts';
import { languageModel } from './stack.ts';

const evaluatedBatches = 4;

/** Trains on the book; every way from the same key, on the same excerpts. */
export async function measureTraining(input: TrainInput, onStep: (done: number, label: string) => Promise<void>): Promise<TrainFigures> {
  const { seed, batch, length } = input;
  const key = createKey(seed).fold('train');
  const { training, heldOut } = split(mobyDick());
  const [book, held] = [joined(training), joined(heldOut)];
  const model = languageModel(input);
  const parameters = variables(model.init(key.fold('parameters')));
  const lossOn = (text: Uint8Array, drawn: Key): Scalar => {
    const { ids, targets } = lesson(text, drawn, batch, length);
    return crossEntropy(hiddenOf(model.apply(parameters, ids)), targets) as Scalar;
  };
  const { losses, ends } = await train(
    parameters,
    (step) => lossOn(book, key.fold('stretches').fold(step)),
    { ...paperTraining, ...input },
    ({ total, losses }) => onStep(losses.length / total, `${((losses.at(-1) as number) / Math.LN2).toFixed(2)} bits per character`),
  );
  let evaluated = 0;
  for (let nth = 0; nth < evaluatedBatches; nth++) {
    const loss = tidy(() => lossOn(held, key.fold('held out').fold(nth)));
    evaluated += ((await loss.data())[0] as number) / evaluatedBatches;
    dispose(loss);
  }
  dispose(parameters);
  return { kind: 'train', bits: losses.map((loss) => loss / Math.LN2), heldOut: evaluated / Math.LN2, seconds: ends.at(-1) ?? 0 };
}
