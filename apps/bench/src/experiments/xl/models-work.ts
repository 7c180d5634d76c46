import { countParameters, createKey, disposeParameters, type Key, type Parameters, randomUniform } from '@longspan/core-tensor';
import { contextLosses, disposeStream, evaluateStream, type LossesAt, relativeEffectiveContextLength } from '@longspan/memory-xl';
import { mul, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { mobyDick } from '../../text/moby-dick.ts';
import { joined, split } from '../../text/text.ts';
import { endless } from '../../training/excerpts.ts';
import { runSteps } from '../../training/run.ts';
import { cosine } from '../../training/schedules.ts';
import { ablationModel } from './ablation-model.ts';
import { type ModelsFigures, type ModelsInput, nameOf, type ReclFigure, type Variant, variants } from './xl-input.ts';

type Model = ReturnType<typeof ablationModel>;

/** Trains the four models from one key on the same bytes in the same order, then evaluates them. */
export async function runModels(input: ModelsInput, reporter: Reporter): Promise<ModelsFigures> {
  await startBackend('wasm');
  const { training, heldOut } = split(mobyDick());
  const [lessons, unseen] = [joined(training), joined(heldOut)];
  const key = createKey(input.seed).fold('xl');
  await reporter.started();

  const trained: Trained[] = [];
  for (const [at, variant] of variants.entries()) {
    trained.push(
      await trainVariant(variant, lessons, input, key, (share, bits) =>
        reporter.progress({ done: (0.7 * (at + share)) / variants.length, label: `${nameOf(variant)}: ${bits.toFixed(2)} bits` }),
      ),
    );
  }
  const [xl, , , vanilla] = trained as [Trained, Trained, Trained, Trained];
  const evaluated = unseen.subarray(0, input.evaluatedBytes + 1);
  const bits: number[] = [];
  for (const [at, variant] of variants.entries()) {
    const memoryLength = variant.hasMemory ? input.memoryLength : 0;
    bits.push(await bitsOf(modelOf(input, variant, memoryLength), (trained[at] as Trained).parameters, evaluated, input.segmentLength));
  }
  const byMemory: { memory: number; bits: number }[] = [];
  for (const [at, memory] of input.memories.entries()) {
    byMemory.push({ memory, bits: await bitsOf(modelOf(input, xl.variant, memory), xl.parameters, evaluated, input.segmentLength) });
    await reporter.progress({ done: 0.7 + (0.2 * (at + 1)) / input.memories.length, label: `memory of ${memory} bytes` });
  }
  const recl = await reclOf(input, { xl, vanilla }, unseen, key.fold('positions'));
  const parameters = countParameters(xl.parameters);
  for (const each of trained) disposeParameters(each.parameters);
  const trainingSeconds = trained.map(({ seconds }) => seconds);
  return { kind: 'models', parameters, bits, trainingSeconds, byMemory, recl, evaluatedBytes: input.evaluatedBytes };
}

const modelOf = ({ size }: ModelsInput, { positions }: Variant, memoryLength: number, reach?: number): Model =>
  ablationModel(size, { positions, memoryLength, reach });

interface Trained {
  readonly variant: Variant;
  readonly parameters: Parameters;
  readonly seconds: number;
}

/** Each batch row reads a part of the text of its own, segment after segment, with the memory of the one before where there is one. */
async function trainVariant(
  variant: Variant,
  text: Uint8Array,
  input: ModelsInput,
  key: Key,
  onStep: (share: number, bits: number) => Promise<void>,
): Promise<Trained> {
  const { batch, segmentLength, steps, learningRate } = input;
  const model = modelOf(input, variant, variant.hasMemory ? input.memoryLength : 0);
  const first = model.init(key.fold('parameters'));
  const widest = Object.fromEntries(Object.entries(first).map(([name, value]) => [name, widened(name, value)]));
  const warmupSteps = Math.min(100, Math.ceil(steps / 10));
  const data = endless((at) => {
    const { tokens, targets } = batchOf(text, at, batch, segmentLength);
    return { x: tokens, context: { targets } };
  });
  let smooth = 8;
  const training = { key, steps, schedule: cosine(warmupSteps, learningRate), parameters: widest };
  const { ends, parameters } = await runSteps(model, data, training, async ({ losses }) => {
    smooth += ((losses.at(-1) as number) / Math.LN2 - smooth) / 20;
    if (losses.length % 10 === 1) await onStep(losses.length / steps, smooth);
  });
  for (const each of [first, widest]) disposeParameters(each);
  return { variant, parameters, seconds: ends.at(-1) ?? 0 };
}

/**
 * Hugging Face draws every matrix with a deviation of 0.02, for a width of 1,024: in so narrow a model nearly nothing would come out of
 * a layer at first. So each is brought to 1 over the root of its inputs, in all models alike.
 */
export function widened(name: string, value: Tensor): Tensor {
  const [, inputs = 1] = value.shape;
  const isMap = value.rank === 2 && /^embedding|_net[.]|CoreNet/.test(name);
  return tidy(() => mul(value, isMap ? 1 / (0.02 * Math.sqrt(inputs)) : 1));
}

export function batchOf(
  text: Uint8Array,
  step: number,
  batch: number,
  length: number,
): { readonly tokens: Tensor; readonly targets: readonly number[] } {
  const part = Math.floor((text.length - 1) / batch);
  const from = (step * length) % (part - length);
  const rows = Array.from({ length: batch }, (_, row) => text.subarray(row * part + from, row * part + from + length + 1));
  const tokens = tensor2d(
    rows.flatMap((row) => Array.from(row.subarray(0, length))),
    [batch, length],
    'int32',
  );
  return { tokens, targets: rows.flatMap((row) => Array.from(row.subarray(1))) };
}

async function bitsOf(model: Model, parameters: Parameters, bytes: Uint8Array, segmentLength: number): Promise<number> {
  const { state, bitsPerToken } = await evaluateStream((tokens, segment) => model.apply(parameters, tokens, segment), [bytes], {
    segmentLength,
  });
  disposeStream(state);
  return bitsPerToken;
}

/**
 * Each is shown as many bytes as its context has, and makes of them what it was trained for: Transformer-XL looks back as far as its
 * memory did, in each layer; the vanilla model has positions for one segment and sees no more. Losses are computed once for all ratios.
 */
async function reclOf(
  input: ModelsInput,
  models: Readonly<Record<'xl' | 'vanilla', Trained>>,
  text: Uint8Array,
  key: Key,
): Promise<ModelsFigures['recl']> {
  const { positions: count, step, longest, ratios } = input.recl;
  const positions = Array.from(randomUniform(key, count), (share) => longest + Math.floor(share * (text.length - longest)));
  const lossesOf = ({ variant, parameters }: Trained, reach: number | undefined, most: number): LossesAt => {
    const model = modelOf(input, variant, 0, reach);
    const lossesAt = contextLosses((tokens, segment) => model.apply(parameters, tokens, segment), { tokens: text, positions });
    const known = new Map<number, ReturnType<LossesAt>>();
    return (context) => {
      const seen = Math.min(context, most);
      const found = known.get(seen) ?? lossesAt(seen);
      known.set(seen, found);
      return found;
    };
  };
  const { memoryLength, segmentLength } = input;
  const group = {
    xl: lossesOf(models.xl, segmentLength + memoryLength - 1, longest),
    vanilla: lossesOf(models.vanilla, undefined, segmentLength),
  };
  const found: { ratio: number; xl: ReclFigure; vanilla: ReclFigure }[] = [];
  for (const ratio of ratios) {
    const at = await relativeEffectiveContextLength({ models: group, step, longest, ratio });
    const figure = (name: string): ReclFigure => ({ length: at[name]?.length ?? 0, bounded: at[name]?.bounded ?? false });
    found.push({ ratio, xl: figure('xl'), vanilla: figure('vanilla') });
  }
  return found;
}
