import { causal, explain, slidingWindow } from '@longspan/attention-sparse';
import { countParameters, createKey, type Key } from '@longspan/core-tensor';
import { tidy, variable, zeros } from '@tensorflow/tfjs-core';
import { judge } from '../../../model/judge.ts';
import { languageModel } from '../../../model/language-model.ts';
import type { Model } from '../../../model/model.ts';
import { write } from '../../../model/write-text.ts';
import type { BackendName } from '../../../process/backend-name.ts';
import { startBackend } from '../../../process/start-backend.ts';
import type { Work } from '../../../process/work.ts';
import { readText } from '../../../text/read-text.ts';
import { joined, split, type TextSource } from '../../../text/text.ts';
import { type CurvePoint, train } from '../../../training/train-model.ts';
import type { TrainBudget } from './train-budget.ts';

export interface TrainInput {
  readonly source: TextSource;
  readonly backend: BackendName;
  readonly seed: number;
  readonly budget: TrainBudget;
  /** Fixes the number of steps; else as many are planned as fit into the budget's seconds. */
  readonly steps?: number;
}

export interface TrainProgress {
  readonly phase: 'training' | 'judging' | 'writing';
  readonly done: number;
  readonly total: number;
  /** Bits per character: of the last batches, then of the held-out bytes judged so far. */
  readonly bits: number;
}

export interface TrainFigures {
  /** The model in words. */
  readonly model: string;
  readonly parameters: number;
  readonly steps: number;
  readonly stepsChosenBy: 'the clock' | '--steps';
  readonly bytesPerStep: number;
  readonly trainingSeconds: number;
  readonly curve: readonly CurvePoint[];
  readonly heldOutBits: number;
  /** Held-out bytes that `heldOutBits` is the mean over. */
  readonly scoredBytes: number;
  readonly sample: { readonly prompt: string; readonly text: string; readonly temperature: number };
  /** Which attention kernel ran. */
  readonly kernel: string;
}

const temperature = 0.8;

/** Trains a small model on the training part, judges it on the held-out part and lets it write. */
export const runTraining: Work<TrainInput, TrainProgress, TrainFigures> = async ({ source, backend, seed, budget, steps }, reporter) => {
  await startBackend(backend);
  const { training, heldOut } = split(readText(source));
  const key = createKey(seed).fold('language model');
  const model = newModel(budget, key.fold('parameters'));
  await reporter.started();

  const trained = await train(
    model,
    joined(training),
    { budget, key: key.fold('batches'), ...(steps === undefined ? {} : { steps }) },
    (done, total, bits) => reporter.progress({ phase: 'training', done, total, bits }),
  );
  const judged = await judge(model, heldOut, budget, (done, total, bits) => reporter.progress({ phase: 'judging', done, total, bits }));
  const prompt = promptOf(heldOut, budget);
  const written = await write(model, prompt, { temperature, count: budget.writtenBytes, key: key.fold('writing') }, (done, total) =>
    reporter.progress({ phase: 'writing', done, total, bits: judged.bits }),
  );
  const decoder = new TextDecoder();
  return {
    model: inWords(budget),
    parameters: countParameters(model.parameters),
    steps: trained.steps,
    stepsChosenBy: steps === undefined ? 'the clock' : '--steps',
    bytesPerStep: budget.batch * budget.length,
    trainingSeconds: trained.seconds,
    curve: trained.curve,
    heldOutBits: judged.bits,
    scoredBytes: judged.bytes,
    sample: { prompt: decoder.decode(prompt), text: decoder.decode(written), temperature },
    kernel: kernelOf(budget),
  };
};

export function newModel({ model }: TrainBudget, key: Key): Model {
  const layer = languageModel(model);
  const initial = layer.init(key);
  return {
    layer,
    parameters: Object.fromEntries(Object.entries(initial).map(([name, value]) => [name, variable(value, true, name)])),
  };
}

function inWords({ model: { width, heads, layers, left }, length }: TrainBudget): string {
  return (
    `${layers} ${layers === 1 ? 'block' : 'blocks'} of width ${width}, ${heads} heads, causal window attention over ${left} bytes and the ` +
    `byte's own, rotary positions, trained on stretches of ${length} bytes`
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
