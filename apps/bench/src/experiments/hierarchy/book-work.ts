import { countParameters, createKey, crossEntropy, type Key, type Layer, normal, randomUniform } from '@longspan/core-tensor';
import { hourglassLanguageModel } from '@longspan/hierarchical';
import { dispose, type Scalar, tensor2d, tidy, type Variable, variable } from '@tensorflow/tfjs-core';
import { estimate, pairedRatio } from '../../figures/pairs.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { evaluate } from '../../model/evaluate.ts';
import { vocabulary } from '../../model/language-model.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { mobyDick } from '../../text/moby-dick.ts';
import { joined, split } from '../../text/text.ts';
import { type Lesson, lesson } from '../../training/excerpts.ts';
import { cosine } from '../../training/schedule.ts';
import { trainingStep } from '../../training/train.ts';
import { type VariableOptimizer, variableOptimizer } from '../../training/variable-optimizer.ts';
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
  const { width, steps } = input;
  const sides = (['hourglass', 'plain'] as const).map((name) => contestant(name, modelOf(input, name), width, key));
  const [hourglass, plain] = sides as [Contestant, Contestant];
  await reporter.started();
  for (const side of sides) await checkCausal(side, input.length, key.fold('check'));
  const train = (side: Contestant, rate: number): void => {
    const { ids, targets } = lesson(text, key.fold(side.seconds.length), input.batch, input.length);
    side.seconds.push(trainOn(side, { ids, targets }, rate));
    dispose([ids, targets]);
  };
  for (const side of sides) train(side, 0); // not timed: layouts are built, code is compiled
  for (const side of sides) side.seconds.pop();

  const schedule = cosine(Math.ceil(steps / 10));
  const rounds: { base: number; head: number }[] = [];
  for (let step = 0; step < steps; step++) {
    const rate = input.learningRate * schedule(step, steps);
    train(hourglass, rate);
    // Half a step more or less: nearer the same time cannot be had.
    while (total(plain.seconds) + (plain.seconds.at(-1) ?? 0) / 2 < total(hourglass.seconds)) {
      train(plain, rate);
      rounds.push({ base: hourglass.seconds.at(-1) as number, head: plain.seconds.at(-1) as number });
    }
    if (step % 10 === 0) await reporter.progress({ done: (0.9 * step) / steps, label: `step ${step} of ${steps}` });
  }

  const random = randomStream(key.fold('draws'));
  const evaluated: ModelFigures[] = [];
  let bytes = 0;
  for (const { layer, parameters, seconds } of sides) {
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
  readonly layer: Layer;
  readonly parameters: Readonly<Record<string, Variable>>;
  readonly optimizer: VariableOptimizer;
  /** Of each step that counts. */
  readonly seconds: number[];
}

function contestant(name: string, layer: Layer, width: number, key: Key): Contestant {
  const initial = layer.init(key.fold('parameters'));
  const table = normal(key.fold('table'), [vocabulary, width], { standardDeviation: 0.5 }); // of both: only the layers differ
  const parameters = Object.fromEntries(
    Object.entries(initial).map(([each, value]) => {
      const start = each === 'embedding.weight' ? table : value;
      return [each, variable(start, true, `${name}: ${each}`)] as const;
    }),
  );
  dispose([initial, table]);
  return { name, layer, parameters, optimizer: variableOptimizer(Object.values(parameters)), seconds: [] };
}

/** A later byte must change no logits before it: else its bits would be worth nothing. */
async function checkCausal({ name, layer, parameters }: Contestant, length: number, key: Key): Promise<void> {
  const ids = Int32Array.from(randomUniform(key, length), (share) => Math.floor(share * vocabulary));
  const changed = length >> 1;
  const logitsOf = async (of: Int32Array): Promise<Float32Array> => {
    const logits = tidy(() => layer.apply(parameters, tensor2d(of, [1, length], 'int32')));
    const values = (await logits.data()) as Float32Array;
    logits.dispose();
    return values;
  };
  const [before, after] = [await logitsOf(ids), await logitsOf(ids.map((id, at) => (at >= changed ? (id + 1) % vocabulary : id)))];
  const first = before.findIndex((value, at) => Math.abs(value - (after[at] as number)) > 1e-4 * (1 + Math.abs(value)));
  const token = first < 0 ? Number.POSITIVE_INFINITY : Math.floor(first / vocabulary);
  if (token < changed || token === Number.POSITIVE_INFINITY) {
    throw new Error(`${name}: logits changed at ${token}, although only bytes from ${changed} on did`);
  }
}

/** @returns seconds */
function trainOn({ layer, parameters, optimizer }: Contestant, { ids, targets }: Lesson, rate: number): number {
  const start = performance.now();
  dispose(trainingStep(optimizer, parameters, () => crossEntropy(layer.apply(parameters, ids), targets) as Scalar, rate));
  return (performance.now() - start) / 1000; // tfjs's wasm kernels are synchronous
}
