import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { multiHeadAttention, slidingWindow } from '@longspan/attention-sparse';
import {
  createKey,
  loadParameters,
  normal,
  type Parameters,
  readSafetensors,
  saveParameters,
  transformerLayer,
  weightDecayGroups,
} from '@longspan/core-tensor';
import { languageModel } from '@longspan/models/language-model';
import { adamW, type Batch, checkpointFolder, constantSchedule, named, type OptimizerState, train } from '@longspan/training';
import { mul, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { type Differences, differencesOf } from './differences.ts';

/** One comparison of the same steps there and here. */
export interface Compared extends Differences {
  readonly steps: string;
  readonly what: 'weights' | 'first moments' | 'second moments';
}

export interface ExportCheck {
  readonly torch: string;
  readonly compared: readonly Compared[];
  /** The steps that train() took after the file that PyTorch wrote, with their losses. */
  readonly wentOn: readonly { readonly step: number; readonly loss: number }[];
}

const settings = { lr: 3e-3, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.1 } as const;
const text = new TextEncoder().encode('Call me Ishmael. Some years ago, never mind how long precisely. '.repeat(16));
const length = 64;

/** Batches of the text, from a position on. */
function* excerpts(from: number): Generator<Batch> {
  for (let at = from; ; at++) {
    const start = (at * 37) % (text.length - length - 1);
    const ids = (first: number): Tensor => tensor2d([...text.subarray(first, first + length)], [1, length], 'int32');
    yield { x: ids(start), context: { targets: ids(start + 1) } };
  }
}

/** The parts of a checkpoint, as an optimiser takes them. */
function opened(bytes: Uint8Array<ArrayBuffer>): { readonly parameters: Parameters; readonly state: OptimizerState } {
  const { optimizerState } = JSON.parse(readSafetensors(bytes).metadata['training'] as string) as {
    readonly optimizerState: Readonly<Record<string, number>>;
  };
  return {
    parameters: loadParameters(bytes, { prefix: 'parameters' }),
    state: { ...loadParameters(bytes, { prefix: 'optimizer' }), ...optimizerState },
  };
}

const numbersOf = async (tensors: readonly Tensor[]): Promise<Float32Array[]> =>
  Promise.all(tensors.map(async (each) => Float32Array.from(await each.data())));

/**
 * Trains a byte model for some steps, takes more steps from its checkpoint in PyTorch and here along the same gradients, and has train() go on
 * from the file that PyTorch wrote.
 * @param python an interpreter with torch and safetensors
 */
export async function checkExport(python: string): Promise<ExportCheck> {
  const folder = await mkdtemp(join(tmpdir(), 'longspan-export-'));
  try {
    return await checkIn(folder, python);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function checkIn(folder: string, python: string): Promise<ExportCheck> {
  const attention = multiHeadAttention({ width: 64, heads: 2, mask: slidingWindow({ left: 31, right: 0 }), rotary: { style: 'half' } });
  const layer = transformerLayer({ width: 64, attention });
  const model = languageModel({ vocabulary: 256, width: 64, layers: { first: layer, second: layer } });
  const { decay } = weightDecayGroups(model);
  const optimizer = adamW({ weightDecay: settings.weight_decay, decays: named(...decay) });
  const options = { key: createKey('export'), schedule: constantSchedule(settings.lr), optimizer };
  const runOf = (steps: number) =>
    train(model.loss, excerpts, { ...options, steps, checkpoint: { store: checkpointFolder(folder), every: 1000 } });
  await runOf(20).finish();
  const checkpoint = join(folder, 'checkpoint.safetensors');
  const first = opened(new Uint8Array(await readFile(checkpoint)));

  const last = 100;
  const names = Object.keys(first.parameters);
  // Of the size of this model's own, some of them zeros.
  const gradientOf = (step: number, name: string): Tensor =>
    tidy(() => mul(normal(createKey(`${step} ${name}`), (first.parameters[name] as Tensor).shape), step % 7 === 0 ? 0 : 0.01));
  const gradients = join(folder, 'gradients.safetensors');
  const given = Object.fromEntries(
    Array.from({ length: last }, (_, at) => names.map((name) => [`${at + 1}.${name}`, gradientOf(at + 1, name)] as const)).flat(),
  );
  await writeFile(gradients, await saveParameters(given));

  const there = async (from: number, to: number, start: string, out: string): Promise<string> => {
    const asked = JSON.stringify({ checkpoint: start, gradients, out, from, to, decays: decay, ...settings });
    const script = fileURLToPath(new URL('steps_in_torch.py', import.meta.url));
    return (await promisify(execFile)(python, [script, asked], { env: { ...process.env, CUDA_VISIBLE_DEVICES: '' } })).stdout.trim();
  };
  const here = (from: number, to: number, { parameters, state }: typeof first): typeof first => {
    let now = { parameters, state };
    for (let step = from; step <= to; step++) {
      const ofStep = Object.fromEntries(names.map((name) => [name, given[`${step}.${name}`] as Tensor]));
      now = optimizer.step(now.parameters, ofStep, now.state, settings.lr);
    }
    return now;
  };

  const compared: Compared[] = [];
  const compare = async (steps: string, theirs: typeof first, ours: typeof first): Promise<void> => {
    const parts = { weights: undefined, 'first moments': 'firstMoment', 'second moments': 'secondMoment' } as const;
    for (const [what, part] of Object.entries(parts) as [Compared['what'], string | undefined][]) {
      const [one, other] = [theirs, ours].map(({ parameters, state }) =>
        numbersOf(names.map((name) => (part === undefined ? parameters[name] : state[`${part}.${name}`]) as Tensor)),
      ) as [Promise<Float32Array[]>, Promise<Float32Array[]>];
      compared.push({ steps, what, ...differencesOf(await one, await other) });
    }
  };
  const written = async (file: string) => opened(new Uint8Array(await readFile(file)));

  const out = (name: string): string => join(folder, `${name}.safetensors`);
  let torch = '';
  for (const steps of [1, 10, last]) {
    torch = await there(1, steps, checkpoint, out(`after-${steps}`));
    await compare(`${steps}`, await written(out(`after-${steps}`)), here(1, steps, first));
  }
  // From there, steps 11 to 20 here: against 20 here.
  await compare('10 there, then 10 here; 20 here', here(11, 20, await written(out('after-10'))), here(1, 20, first));

  await there(1, 10, checkpoint, checkpoint);
  const wentOn: { step: number; loss: number }[] = [];
  for await (const { step, loss } of runOf(35)) wentOn.push({ step, loss });
  return { torch, compared, wentOn };
}
