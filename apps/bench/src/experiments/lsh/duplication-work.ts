import { createKey, disposeParameters, type Key, randomPermutation, randomUniform } from '@longspan/core-tensor';
import { argMax, cast, dispose, equal, sum, type Tensor2D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { endless } from '../../training/excerpts.ts';
import { runSteps } from '../../training/run.ts';
import { paperTraining } from '../../training/schedules.ts';
import type { DuplicationFigures, DuplicationInput, Rounds } from './input.ts';
import { type Look, retriever } from './retriever.ts';

/** Trains one model on sequences 0w0w and looks how many symbols of the second w it names, by each way to attend. */
export async function measureDuplication(
  input: DuplicationInput,
  onStep: (done: number, label: string) => Promise<void>,
): Promise<DuplicationFigures> {
  const { size, chunkLength, trainedWith, evaluatedWith, batch, testSequences, steps, enough, learningRate } = input;
  const all = size.symbols - 1;
  const key = createKey(input.seed).fold('duplication');
  const model = retriever(size);
  const lookOf = (rounds: Rounds): Look => (rounds === 0 ? { kind: 'full' } : { kind: 'lsh', rounds, chunkLength });
  const data = endless((at) => {
    const { ids, targets } = duplicates(key.fold('train').fold(at), batch, { ...size, fewest: input.fewestSymbols });
    return { x: ids, context: { targets }, carry: () => ({}) }; // buckets are hashed anew
  });
  // The first parameters are the same ones whatever it is trained with.
  const { losses, ends, parameters } = await runSteps(
    model.loss(lookOf(trainedWith)),
    data,
    { ...paperTraining(learningRate), key, steps, enough },
    ({ total, losses }) => onStep(losses.length / total, `loss ${losses.at(-1)?.toFixed(3)}`),
  );
  const accuracies: number[] = [];
  for (const rounds of evaluatedWith) {
    const right = tidy(() => {
      const { ids, targets } = duplicates(key.fold('test'), testSequences, { ...size, fewest: all });
      const guesses = argMax(model.logits(parameters, ids, lookOf(rounds), { key: key.fold('test hash') }), 2);
      return sum(cast(equal(guesses, targets), 'float32'));
    });
    accuracies.push(((await right.data())[0] as number) / (testSequences * (size.length / 2 - 1)));
    dispose(right);
  }
  disposeParameters(parameters);
  return { kind: 'duplication', steps: losses.length, seconds: ends.at(-1) ?? 0, loss: losses.at(-1) as number, accuracies };
}

interface Words {
  readonly length: number;
  readonly symbols: number;
  /** The fewest symbols a word is written with; how many it is, is drawn evenly by their logarithm. */
  readonly fewest: number;
}

/**
 * Sequences 0w0w of symbols 1 …; only the second w can be predicted and counts.
 *
 * A word of few symbols already rewards a model that copies any of them. Where all words have all symbols, nothing is learned for long:
 * attention that looks everywhere alike sees the right symbol as one of a hundred.
 */
function duplicates(key: Key, batch: number, { length, symbols, fewest }: Words): { readonly ids: Tensor2D; readonly targets: Tensor2D } {
  const half = length / 2;
  const word = half - 1;
  const all = symbols - 1;
  const ids = new Int32Array(batch * length);
  const targets = new Int32Array(batch * length).fill(-100);
  for (let row = 0; row < batch; row++) {
    const ofRow = key.fold(row);
    const share = randomUniform(ofRow.fold('count'), 1)[0] as number;
    const count = Math.round(fewest * (all / fewest) ** share);
    const alphabet = randomPermutation(ofRow.fold('alphabet'), all);
    randomUniform(ofRow.fold('word'), word).forEach((share, place) => {
      const symbol = 1 + (alphabet[Math.floor(share * count)] as number);
      ids[row * length + 1 + place] = symbol;
      ids[row * length + half + 1 + place] = symbol;
      targets[row * length + half + place] = symbol;
    });
  }
  return { ids: tensor2d(ids, [batch, length], 'int32'), targets: tensor2d(targets, [batch, length], 'int32') };
}
