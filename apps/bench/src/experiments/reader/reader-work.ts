import { join } from 'node:path';
import {
  countParameters,
  createKey,
  crossEntropy,
  disposeParameters,
  loadParameters,
  type Parameters,
  type SafetensorsTensor,
  writeSafetensors,
} from '@longspan/core-tensor';
import { matrices, muon, named, parameterGroups } from '@longspan/training';
import { type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { describeMachine, type Machine } from '../../figures/hardware.ts';
import { evaluate } from '../../model/evaluate.ts';
import type { Model } from '../../model/model.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { replaceFile, requireWritable } from '../../report/replace-file.ts';
import { sourceHash } from '../../run/source-hash.ts';
import { bigramBits, gzipBits, unigramBits } from '../../text/entropy.ts';
import { mobyDick } from '../../text/moby-dick.ts';
import { joined, split } from '../../text/text.ts';
import { adam } from '../../training/schedules.ts';
import { trainOnText } from '../../training/train-on-text.ts';
import type { BitsAfter, ReaderFigures, ReaderInput } from './input.ts';
import { readerModel } from './reader-model.ts';

/** Muon for the matrices of the layers, which learn more in a step by it than by Adam; Adam for all else. */
const optimizer = parameterGroups([
  {
    of: (name, shape) => matrices(name, shape) && named('layers.*')(name, shape) && !named('*relative_attention_bias*')(name, shape),
    optimizer: muon({ weightDecay: 0 }),
  },
  { of: named('*'), optimizer: adam() },
]);

/** Of each excerpt, those at its end are evaluated. */
const endBytes = 256;

/** Trains the model, rounds it to what its file holds, evaluates that, and writes it with its recipe where a folder was named. */
export async function runReader(input: ReaderInput, reporter: Reporter): Promise<ReaderFigures> {
  const code = { ...describeMachine(), sources: sourceHash() }; // of the code that runs, whatever is changed meanwhile
  await startBackend('wasm');
  const { training, heldOut } = split(mobyDick());
  const lessons = joined(training);
  const key = createKey(input.seed).fold('reader');
  const layer = readerModel(input.size);
  if (input.folder !== undefined) for (const file of Object.values(filesIn(input.folder))) requireWritable(file);
  await reporter.started();

  const { batch, length } = input.training;
  const told = (from: number, share: number, what: string) => (done: number, total: number, bits: number) =>
    reporter.progress({ done: from + (share * done) / total, label: `${what} ${done} of ${total}: ${bits.toFixed(2)} bits per byte` });
  const trained = await trainOnText(
    layer.loss,
    lessons,
    { ...input.training, seconds: 0, key, steps: input.steps, optimizer },
    told(0, 0.9, 'step'),
  );
  const file = await inHalfPrecision(trained.parameters);
  disposeParameters(trained.parameters);
  const model = { layer, parameters: loadParameters(file, { layer }) };
  const evaluated = await evaluate(model, heldOut, { batch, length, evaluatedBytes: input.evaluatedBytes }, told(0.9, 0.05, 'evaluating'));
  const byContext: BitsAfter[] = [];
  for (const context of input.contexts) {
    byContext.push({ context, bits: await bitsAtEnds(model, endsOf(heldOut, Math.max(...input.contexts)), context) });
    await reporter.progress({ done: 0.95, label: `evaluating after ${context} bytes` });
  }
  const figures: ReaderFigures = {
    parameters: countParameters(model.parameters),
    fileBytes: file.length,
    steps: trained.steps,
    trainingSeconds: trained.seconds,
    trainingBytes: lessons.length,
    heldOutBits: evaluated.bits,
    scoredBytes: evaluated.bytes,
    byContext,
    unigram: unigramBits(training, heldOut),
    bigram: bigramBits(training, heldOut),
    gzip: gzipBits(joined(heldOut)),
  };
  disposeParameters(model.parameters);
  if (input.folder !== undefined) writeFiles(input.folder, input, { file, figures, code });
  return figures;
}

async function inHalfPrecision(parameters: Parameters): Promise<Uint8Array> {
  const entries = Object.entries(parameters).map(async ([name, tensor]): Promise<readonly [string, SafetensorsTensor]> => {
    const values = (await tensor.data<'float32'>()) as Float32Array;
    return [name, { dtype: 'F16', shape: tensor.shape, values }];
  });
  return writeSafetensors({ tensors: new Map(await Promise.all(entries)) });
}

/** Excerpts of that length and one byte more, as many as the held-out pieces have side by side. */
const endsOf = (pieces: readonly Uint8Array[], length: number): Uint8Array[] =>
  pieces.flatMap((piece) =>
    Array.from({ length: Math.floor((piece.length - 1) / length) }, (_, at) => piece.subarray(at * length, (at + 1) * length + 1)),
  );

/** Bits per byte of the ends of the excerpts, of which the model sees no more than the last `context` bytes. */
async function bitsAtEnds({ layer, parameters }: Model, excerpts: readonly Uint8Array[], context: number): Promise<number> {
  let nats = 0;
  for (const excerpt of excerpts) {
    const seen = Int32Array.from(excerpt.subarray(excerpt.length - 1 - context));
    const losses = tidy(() => {
      const row = (from: number): Tensor => tensor2d(seen.subarray(from, from + context), [1, context], 'int32');
      return crossEntropy(layer.apply(parameters, row(0)), row(1), { reduction: 'none' });
    });
    const values = await losses.data();
    losses.dispose();
    for (let at = context - endBytes; at < context; at++) nats += values[at] as number;
  }
  return nats / (excerpts.length * endBytes) / Math.LN2;
}

const filesIn = (folder: string) => ({ weights: join(folder, 'reader.safetensors'), about: join(folder, 'reader.json') });

/** The weights, and what one has to know of them: what they are, how they came about and how good they are. */
function writeFiles(
  folder: string,
  input: ReaderInput,
  {
    file,
    figures,
    code,
  }: { readonly file: Uint8Array; readonly figures: ReaderFigures; readonly code: Machine & { readonly sources: string } },
): void {
  const { cpu, node, commit, dirty, sources, tfjs } = code;
  const { size, seed, steps, training, command } = input;
  const round = (bits: number): number => Math.round(bits * 1000) / 1000;
  const about = {
    weights: 'reader.safetensors',
    size,
    recipe: {
      command,
      seed,
      steps,
      ...training,
      commit,
      changedSince: dirty,
      sources,
      cpu,
      node,
      tfjs: tfjs['tfjs-backend-wasm'],
    },
    figures: {
      text: 'Moby-Dick; every tenth chapter from the fifth on is held out',
      ...figures,
      trainingSeconds: Math.round(figures.trainingSeconds),
      heldOutBits: round(figures.heldOutBits),
      byContext: figures.byContext.map(({ context, bits }) => ({ context, bits: round(bits) })),
      endBytes,
      unigram: round(figures.unigram),
      bigram: round(figures.bigram),
      gzip: round(figures.gzip),
    },
  };
  const { weights, about: aboutFile } = filesIn(folder);
  replaceFile(weights, file);
  replaceFile(aboutFile, `${JSON.stringify(about, null, 2)}\n`);
}
