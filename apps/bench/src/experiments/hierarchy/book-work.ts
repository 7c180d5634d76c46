import { countParameters, createKey, crossEntropy, type Key, type Layer, normal, randomUniform } from '@longspan/core-tensor';
import { hourglassLanguageModel } from '@longspan/hierarchical';
import {
  dispose,
  type NamedTensorMap,
  type Scalar,
  slice,
  tensor2d,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { mobyDick } from '../../book/moby-dick.ts';
import { joined, split } from '../../book/text.ts';
import { judge } from '../../cases/judge.ts';
import { languageModel, vocabulary } from '../../cases/language-model.ts';
import { ScheduledAdam, scheduleFactor } from '../../cases/scheduled-adam.ts';
import { startBackend } from '../../cases/start-backend.ts';
import { estimate, pairedRatio } from '../../pairs.ts';
import { randomStream } from '../../random-stream.ts';
import type { Reporter } from '../../work.ts';
import type { PointProgress } from '../experiment.ts';
import type { BookFigures, BookInput, ModelFigures } from './hierarchy-input.ts';

/** Trains both models on the same stretches, one step of each in turns, so that what slows the machine slows both. */
export async function runBook(input: BookInput, reporter: Reporter<PointProgress>): Promise<BookFigures> {
  await startBackend('wasm');
  const { training, heldOut } = split(mobyDick());
  const text = joined(training);
  const key = createKey(input.seed).fold('hierarchy');
  const sides = [
    contestant('hourglass', hourglassLanguageModel({ vocabulary, ...input.hourglass, shift: 0 }), input.hourglass.width, key),
    contestant('plain', languageModel(input.plain), input.plain.width, key),
  ] as const;
  await reporter.started();
  for (const side of sides) await checkCausal(side, input.length, key.fold('check'));

  const { steps } = input;
  for (let step = 0; step < steps; step++) {
    const batch = batchOf(text, input, key.fold(step));
    const rate = input.learningRate * scheduleFactor(step, Math.ceil(steps / 10), steps);
    for (const side of step % 2 === 0 ? sides : sides.toReversed()) await trainOn(side, batch, rate);
    dispose(batch);
    if (step % 10 === 0) await reporter.progress({ done: (0.9 * step) / steps, label: `step ${step} of ${steps}` });
  }

  const random = randomStream(key.fold('draws'));
  const judged: ModelFigures[] = [];
  const { batch, length, judgedBytes } = input;
  const budget = { model: input.plain, batch, length, judgedBytes, seconds: 0, warmupSteps: 0, learningRate: 0, writtenBytes: 0 };
  let bytes = 0;
  for (const { layer, parameters, seconds } of sides) {
    const found = await judge({ layer, parameters }, heldOut, budget, async () => {});
    bytes = found.bytes;
    judged.push({ parameters: countParameters(parameters), bits: found.bits, stepSeconds: estimate(seconds, random) });
  }
  const [hourglass, plain] = judged as [ModelFigures, ModelFigures];
  const [mine, theirs] = sides;
  const rounds = mine.seconds.map((seconds, step) => ({ base: seconds, head: theirs.seconds[step] as number }));
  return { kind: 'book', hourglass, plain, speed: pairedRatio(rounds, random), judgedBytes: bytes };
}

interface Contestant {
  readonly name: string;
  readonly layer: Layer;
  readonly parameters: Readonly<Record<string, Variable>>;
  readonly optimizer: ScheduledAdam;
  /** Of each step. */
  readonly seconds: number[];
}

function contestant(name: string, layer: Layer, width: number, key: Key): Contestant {
  const initial = layer.init(key.fold('parameters'));
  const table = normal(key.fold('table'), [vocabulary, width], { standardDeviation: 0.5 }); // of both: only the layers differ
  const tables = ['embedding.weight', 'bytes.weight'];
  const parameters = Object.fromEntries(
    Object.entries(initial).map(([each, value]) => {
      const start = tables.includes(each) ? table : value;
      return [each, variable(start, true, `${name}: ${each}`)] as const;
    }),
  );
  dispose([initial, table]);
  return { name, layer, parameters, optimizer: new ScheduledAdam(0, 0.9, 0.99, 1e-8), seconds: [] };
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

async function trainOn({ layer, parameters, optimizer, seconds }: Contestant, rows: NamedTensorMap, rate: number): Promise<void> {
  const start = performance.now();
  tidy(() => {
    const { ids, targets } = rows as { ids: NamedTensorMap[string]; targets: NamedTensorMap[string] };
    const { grads } = variableGrads(() => crossEntropy(layer.apply(parameters, ids), targets) as Scalar);
    optimizer.step(grads, rate);
  });
  seconds.push((performance.now() - start) / 1000); // tfjs's wasm kernels are synchronous
}

function batchOf(text: Uint8Array, { batch, length }: BookInput, key: Key): NamedTensorMap {
  const rows = Int32Array.from({ length: batch * (length + 1) });
  randomUniform(key, batch).forEach((share, row) => {
    const from = Math.floor(share * (text.length - length));
    rows.set(text.subarray(from, from + length + 1), row * (length + 1));
  });
  return tidy(() => {
    const all = tensor2d(rows, [batch, length + 1], 'int32');
    return { ids: slice(all, [0, 0], [batch, length]), targets: slice(all, [0, 1], [batch, length]) };
  });
}
