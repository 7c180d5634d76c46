import {
  chain,
  countParameters,
  createKey,
  crossEntropy,
  defineLayer,
  type Key,
  type Layer,
  normal,
  type Parameters,
  randomUniform,
} from '@longspan/core-tensor';
import { hourglassLanguageModel } from '@longspan/models/hourglass';
import type { Targets } from '@longspan/models/language-model';
import { type Data, type TrainingRun, type TrainingStep, train } from '@longspan/training';
import { tensor2d, tidy } from '@tensorflow/tfjs-core';
import { estimate, pairedRatio } from '../../figures/pairs.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { evaluate } from '../../model/evaluate.ts';
import { vocabulary } from '../../model/language-model.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { mobyDick } from '../../text/moby-dick.ts';
import { joined, split } from '../../text/text.ts';
import { lessons } from '../../training/excerpts.ts';
import { mostSteps } from '../../training/run.ts';
import { adam, cosine } from '../../training/schedules.ts';
import type { BookFigures, BookInput, ModelFigures } from './hierarchy-input.ts';

/**
 * Trains both models by one clock: after each step of the Hourglass the plain model makes the steps that fit into the time the
 * Hourglass has had so far, at the same learning rate and on the same excerpts in the same order. What slows the machine slows both.
 */
export async function runBook(input: BookInput, reporter: Reporter): Promise<BookFigures> {
  await startBackend('wasm');
  const { training, heldOut } = split(mobyDick());
  const text = joined(training);
  const key = createKey(input.seed).fold('hierarchy');
  const { steps } = input;
  const pace = { rate: 0 };
  const data = lessons(text, key, input.batch, input.length);
  const sides = (['hourglass', 'plain'] as const).map((name) => contestant(name, input, key, data, pace));
  const [hourglass, plain] = sides as [Contestant, Contestant];
  await reporter.started();
  for (const side of sides) await checkCausal(side, input.length, key.fold('check'));
  const step = async (side: Contestant): Promise<void> => {
    const start = performance.now();
    await side.steps.next();
    side.seconds.push((performance.now() - start) / 1000);
  };
  for (const side of sides) await step(side); // not timed, at the rate 0: layouts are built, code is compiled
  for (const side of sides) side.seconds.pop();

  const schedule = cosine(Math.ceil(steps / 10), input.learningRate)(steps);
  const rounds: { base: number; head: number }[] = [];
  for (let taken = 0; taken < steps; taken++) {
    pace.rate = schedule(taken);
    await step(hourglass);
    // Half a step more or less: nearer the same time cannot be had.
    while (total(plain.seconds) + (plain.seconds.at(-1) ?? 0) / 2 < total(hourglass.seconds)) {
      await step(plain);
      rounds.push({ base: hourglass.seconds.at(-1) as number, head: plain.seconds.at(-1) as number });
    }
    if (taken % 10 === 0) await reporter.progress({ done: (0.9 * taken) / steps, label: `step ${taken} of ${steps}` });
  }

  const random = randomStream(key.fold('draws'));
  const evaluated: ModelFigures[] = [];
  let bytes = 0;
  for (const { layer, run, seconds, steps } of sides) {
    await steps.return?.(); // what it has learnt by now
    const { parameters } = await run.finish();
    const found = await evaluate({ layer, parameters }, heldOut, input, async () => {});
    bytes = found.bytes;
    evaluated.push({
      parameters: countParameters(parameters),
      bits: found.bits,
      steps: seconds.length,
      seconds: total(seconds),
      stepSeconds: estimate(seconds, random),
    });
  }
  const [mine, theirs] = evaluated as [ModelFigures, ModelFigures];
  return { kind: 'book', hourglass: mine, plain: theirs, speed: pairedRatio(rounds, random), evaluatedBytes: bytes };
}

const total = (seconds: readonly number[]): number => seconds.reduce((sum, each) => sum + each, 0);

/** Byte-level; the plain model is made of the same layers, all of them over tokens. */
const modelOf = ({ width, heads, hourglass, plain }: BookInput, name: 'hourglass' | 'plain'): Layer =>
  hourglassLanguageModel({ vocabulary, width, heads, ...(name === 'hourglass' ? hourglass : plain), shift: 0 });

interface Contestant {
  readonly name: string;
  /** Its parameters stand under `model.`, as those of the loss that it is trained by. */
  readonly layer: Layer;
  readonly first: Parameters;
  readonly run: TrainingRun;
  readonly steps: AsyncIterator<TrainingStep>;
  /** Of each step that counts. */
  readonly seconds: number[];
}

/** @param pace both follow the rate of one clock */
function contestant(name: 'hourglass' | 'plain', input: BookInput, key: Key, data: Data, pace: { readonly rate: number }): Contestant {
  const model = modelOf(input, name);
  const table = normal(key.fold('table'), [vocabulary, input.width], { standardDeviation: 0.5 }); // of both: only the layers differ
  const first = Object.fromEntries(
    Object.entries(model.init(key.fold('parameters'))).map(([each, value]) => {
      if (each !== 'embedding.weight') return [`model.${each}`, value];
      value.dispose();
      return [`model.${each}`, table];
    }),
  );
  const loss = defineLayer({
    name: `${name}.loss`,
    parts: { model },
    reads: ['targets'],
    run: ({ parts }, ids, { targets }: Targets) => crossEntropy(parts.model(ids), targets),
  });
  const run = train(loss, data, {
    key,
    steps: mostSteps,
    schedule: () => pace.rate,
    optimizer: adam(),
    parameters: first,
  });
  return { name, layer: chain({ model }), first, run, steps: run[Symbol.asyncIterator](), seconds: [] };
}

/** A later byte must change no logits before it: else its bits would be worth nothing. */
async function checkCausal({ name, layer, first }: Contestant, length: number, key: Key): Promise<void> {
  const ids = Int32Array.from(randomUniform(key, length), (share) => Math.floor(share * vocabulary));
  const changed = length >> 1;
  const logitsOf = async (of: Int32Array): Promise<Float32Array> => {
    const logits = tidy(() => layer.apply(first, tensor2d(of, [1, length], 'int32')));
    const values = (await logits.data()) as Float32Array;
    logits.dispose();
    return values;
  };
  const [before, after] = [await logitsOf(ids), await logitsOf(ids.map((id, at) => (at >= changed ? (id + 1) % vocabulary : id)))];
  const different = before.findIndex((value, at) => Math.abs(value - (after[at] as number)) > 1e-4 * (1 + Math.abs(value)));
  const token = different < 0 ? Number.POSITIVE_INFINITY : Math.floor(different / vocabulary);
  if (token < changed || token === Number.POSITIVE_INFINITY) {
    throw new Error(`${name}: logits changed at ${token}, although only bytes from ${changed} on did`);
  }
}
