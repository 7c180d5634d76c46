import { causal, explain, slidingWindow } from '@longspan/attention-sparse';
import { countParameters, createKey } from '@longspan/core-tensor';
import { tidy, zeros } from '@tensorflow/tfjs-core';
import { evaluate } from '../../../model/evaluate.ts';
import { languageModel } from '../../../model/language-model.ts';
import { write } from '../../../model/write-text.ts';
import { startBackend } from '../../../process/start-backend.ts';
import type { Reporter } from '../../../process/work.ts';
import { count } from '../../../report/wording.ts';
import { bigramBits, gzipBits, unigramBits } from '../../../text/entropy.ts';
import { readText } from '../../../text/read-text.ts';
import { joined, type Split, split } from '../../../text/text.ts';
import { trainOnText } from '../../../training/train-on-text.ts';
import type { TrainBudget } from './budget.ts';
import { type Baselines, levelsInWords, type TrainFigures, type TrainInput } from './train.ts';

const temperature = 0.8;

/** Trains a small model on the training part, evaluates it on the held-out part and lets it write. */
export async function runTraining({ source, backend, seed, budget, steps }: TrainInput, reporter: Reporter): Promise<TrainFigures> {
  await startBackend(backend);
  const parts = split(await readText(source));
  const { training, heldOut } = parts;
  const baselines = baselinesOf(parts);
  const key = createKey(seed).fold('language model');
  const layer = languageModel(budget.model);
  await reporter.started();

  // Training takes most of the time, evaluating and writing a tenth each.
  const report = (phase: string, from: number, share: number) => (done: number, total: number, bits: number) =>
    reporter.progress({
      done: from + (share * done) / total,
      label: `${phase} ${count(done)} of ${count(total)}: ${bits.toFixed(2)} bits per character (${levelsInWords(baselines)})`,
    });
  const trained = await trainOnText(layer.loss, joined(training), { ...budget, key, steps }, report('training', 0, 0.8));
  const model = { layer, parameters: trained.parameters };
  const evaluated = await evaluate(model, heldOut, budget, report('evaluating', 0.8, 0.1));
  const prompt = promptOf(heldOut, budget);
  const writing = report('writing', 0.9, 0.1);
  const written = await write(model, prompt, { temperature, count: budget.writtenBytes, key: key.fold('writing') }, (done, total) =>
    writing(done, total, evaluated.bits),
  );
  const decoder = new TextDecoder();
  return {
    kind: 'train',
    baselines,
    model: inWords(budget),
    parameters: countParameters(model.parameters),
    steps: trained.steps,
    stepsChosenBy: steps === undefined ? 'the clock' : '--steps',
    bytesPerStep: budget.batch * budget.length,
    trainingSeconds: trained.seconds,
    curve: trained.curve,
    heldOutBits: evaluated.bits,
    scoredBytes: evaluated.bytes,
    sample: { prompt: decoder.decode(prompt), text: decoder.decode(written), temperature },
    kernel: kernelOf(budget),
  };
}

const baselinesOf = ({ training, heldOut }: Split): Baselines => ({
  unigram: unigramBits(training, heldOut),
  bigram: bigramBits(training, heldOut),
  gzip: gzipBits(joined(heldOut)),
});

function inWords({ model: { width, heads, layers, left }, length }: TrainBudget): string {
  return (
    `${layers} ${layers === 1 ? 'block' : 'blocks'} of width ${width}, ${heads} heads, causal window attention over ${left} bytes and the ` +
    `byte's own, rotary positions, trained on excerpts of ${length} bytes`
  );
}

/** The start of the held-out part, as much of it as the model sees at once, cut where no character is broken. */
function promptOf(heldOut: readonly Uint8Array[], { model: { left } }: TrainBudget): Uint8Array {
  const text = joined(heldOut);
  let end = Math.min(left + 1, text.length);
  while (end < text.length && ((text[end] as number) & 0xc0) === 0x80) end--;
  return text.subarray(0, end);
}

function kernelOf({ batch, length, model: { width, heads, left } }: TrainBudget): string {
  return tidy(() => {
    const x = zeros([batch, heads, length, width / heads]);
    const { kernel, reason } = explain(x, x, x, { mask: slidingWindow({ left, right: 0 }).and(causal()) });
    return `${kernel} (${reason})`;
  });
}
