import { countParameters, createKey, crossEntropy, disposeParameters, loadParameters } from '@longspan/core-tensor';
import { type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { evaluate } from '../../model/evaluate.ts';
import type { Model } from '../../model/model.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { bigramBits, gzipBits, unigramBits } from '../../text/entropy.ts';
import { mobyDick } from '../../text/moby-dick.ts';
import { joined, split } from '../../text/text.ts';
import { trainOnText } from '../../training/train-on-text.ts';
import type { BitsAfter, ReaderFigures, ReaderInput } from './input.ts';
import { inHalfPrecision, modelFiles } from './model-files.ts';
import { readerOptimizer } from './optimizer.ts';
import { readerModel } from './reader-model.ts';

/** Of each excerpt, those at its end are evaluated. */
const endBytes = 256;

/** Trains the model, rounds it to what its file holds, evaluates that, and writes it with its recipe where a folder was named. */
export async function runReader(input: ReaderInput, reporter: Reporter): Promise<ReaderFigures> {
  const files = input.folder === undefined ? undefined : modelFiles(input.folder, 'reader');
  await startBackend('wasm');
  const { training, heldOut } = split(mobyDick());
  const lessons = joined(training);
  const key = createKey(input.seed).fold('reader');
  const layer = readerModel(input.size);
  files?.check();
  await reporter.started();

  const { batch, length } = input.training;
  const told = (from: number, share: number, what: string) => (done: number, total: number, bits: number) =>
    reporter.progress({ done: from + (share * done) / total, label: `${what} ${done} of ${total}: ${bits.toFixed(2)} bits per byte` });
  const trained = await trainOnText(
    layer.loss,
    lessons,
    { ...input.training, seconds: 0, key, steps: input.steps, optimizer: readerOptimizer },
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
    kind: 'reader',
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
  files?.write(file, {
    size: input.size,
    recipe: { command: input.command, seed: input.seed, steps: input.steps, ...input.training },
    figures: { ...figures, endBytes },
  });
  return figures;
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
