import { countParameters, createKey, disposeParameters, loadParameters } from '@longspan/core-tensor';
import { disposeStream, evaluateStream } from '@longspan/memory-xl';
import { type XlLanguageModel, xlLanguageModel } from '@longspan/models/transformer-xl';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { mobyDick } from '../../text/moby-dick.ts';
import { joined, split } from '../../text/text.ts';
import { endless } from '../../training/excerpts.ts';
import { runSteps } from '../../training/run.ts';
import { cosine } from '../../training/schedules.ts';
import { batchOf, widened } from '../xl/models-work.ts';
import type { MemoryFigures, MemoryInput, MemorySize } from './input.ts';
import { inHalfPrecision, modelFiles } from './model-files.ts';
import { readerOptimizer } from './optimizer.ts';

/** A Transformer-XL over bytes; its parameters fit any memory. */
const memoryModel = ({ width, layers, heads }: MemorySize, memoryLength: number): XlLanguageModel =>
  xlLanguageModel({
    vocabulary: 256,
    width,
    layers,
    heads,
    headDim: width / heads,
    innerWidth: 4 * width,
    normalization: 'pre',
    memoryLength,
    tiedTables: true,
  });

/** Trains it on parts of the text that go on from step to step, rounds it to what its file holds, evaluates that, and writes it. */
export async function runMemory(input: MemoryInput, reporter: Reporter): Promise<MemoryFigures> {
  const files = input.folder === undefined ? undefined : modelFiles(input.folder, 'memory');
  await startBackend('wasm');
  const { training, heldOut } = split(mobyDick());
  const [lessons, unseen] = [joined(training), joined(heldOut)];
  const { size, seed, batch, segmentLength, memoryLength, steps, learningRate, evaluatedBytes } = input;
  const key = createKey(seed).fold('memory');
  const model = memoryModel(size, memoryLength);
  files?.check();
  await reporter.started();

  const drawn = model.init(key.fold('parameters'));
  const parameters = Object.fromEntries(Object.entries(drawn).map(([name, value]) => [name, widened(name, value)]));
  const data = endless((at) => {
    const { tokens, targets } = batchOf(lessons, at, batch, segmentLength);
    return { x: tokens, context: { targets } };
  });
  let smooth = 8;
  const schedule = cosine(Math.min(50, Math.ceil(steps / 10)), learningRate);
  const trained = await runSteps(model, data, { key, steps, schedule, parameters, optimizer: readerOptimizer }, async ({ losses }) => {
    smooth += ((losses.at(-1) as number) / Math.LN2 - smooth) / 20;
    await reporter.progress({ done: (0.9 * losses.length) / steps, label: `step ${losses.length} of ${steps}: ${smooth.toFixed(2)} bits` });
  });
  for (const each of [drawn, parameters]) disposeParameters(each);
  const file = await inHalfPrecision(trained.parameters);
  disposeParameters(trained.parameters);
  const rounded = loadParameters(file, { layer: model });
  const byMemory: { memory: number; bits: number }[] = [];
  for (const memory of input.memories) {
    const reading = memoryModel(size, memory);
    const { state, bitsPerToken } = await evaluateStream(
      (tokens, segment) => reading.apply(rounded, tokens, segment),
      [unseen.subarray(0, evaluatedBytes + 1)],
      { segmentLength },
    );
    disposeStream(state);
    byMemory.push({ memory, bits: bitsPerToken });
    await reporter.progress({ done: 0.95, label: `evaluating with a memory of ${memory} bytes` });
  }
  const figures: MemoryFigures = {
    kind: 'memory',
    parameters: countParameters(rounded),
    fileBytes: file.length,
    trainingSeconds: trained.ends.at(-1) ?? 0,
    evaluatedBytes,
    byMemory,
  };
  disposeParameters(rounded);
  files?.write(file, { size, recipe: { command: input.command, seed, steps, batch, segmentLength, memoryLength, learningRate }, figures });
  return figures;
}
