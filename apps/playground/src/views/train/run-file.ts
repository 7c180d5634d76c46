import {
  type LoadParametersOptions,
  loadParameters,
  type Parameters,
  readSafetensors,
  type SafetensorsTensor,
  saveParameters,
  writeSafetensors,
} from '@longspan/core-tensor';
import { z } from 'zod';
import { type Settings, settingsSchema } from './settings.ts';

const textSchema = z.object({ id: z.string(), title: z.string(), hash: z.string() });
/** Which text a run has learnt from: it goes on with no other. */
export type TextIdentity = z.infer<typeof textSchema>;

const logSchema = z.object({
  settings: settingsSchema,
  text: textSchema.optional(),
  /** The loss of every step, nats. */
  losses: z.array(z.number()),
  /** What was judged after which step. */
  judged: z.array(z.object({ step: z.int().min(0), value: z.number() })),
  /** ms of all steps. */
  milliseconds: z.number().min(0),
});
/** All that a person sees of a run besides its weights. */
export type RunLog = z.infer<typeof logSchema>;
export type Judged = RunLog['judged'][number];

/** The names under which the files of this view say what they are of. */
const [logName, weightsName] = ['playground.run', 'playground.settings'];

/** A checkpoint of `train` with the log beside it, so that both are of one step. */
export function withLog(checkpoint: Uint8Array<ArrayBuffer>, log: RunLog): Uint8Array<ArrayBuffer> {
  const { tensors, metadata } = readSafetensors(checkpoint);
  const content = Object.fromEntries(
    [...tensors].map(([name, entry]) => [name, { dtype: entry.dtype, shape: entry.shape, values: entry.values() } as SafetensorsTensor]),
  );
  return writeSafetensors({ tensors: content, metadata: { ...metadata, [logName]: JSON.stringify(log) } });
}

const stepSchema = z.object({ step: z.int().min(0) });

/**
 * The log of a checkpoint, up to its step. Undefined where the file is none of this view's.
 * @throws FileError where it is damaged
 */
export function logOf(file: Uint8Array): RunLog | undefined {
  const { metadata } = readSafetensors(file);
  const log = logSchema.safeParse(parsed(metadata[logName]));
  const training = stepSchema.safeParse(parsed(metadata['training']));
  if (!log.success || !training.success || log.data.losses.length < training.data.step) return undefined;
  const { step } = training.data;
  return { ...log.data, losses: log.data.losses.slice(0, step), judged: log.data.judged.filter((each) => each.step <= step) };
}

/** A file of weights that says what model they are of. */
export const weightsFile = (parameters: Parameters, settings: Settings): Promise<Uint8Array<ArrayBuffer>> =>
  saveParameters(parameters, { metadata: { [weightsName]: JSON.stringify(settings) } });

/**
 * The settings that a file of weights says it is of; undefined where it says none.
 * @throws FileError where it is damaged, or no safetensors file
 */
export function settingsOfWeights(file: Uint8Array): Settings | undefined {
  const found = settingsSchema.safeParse(parsed(readSafetensors(file).metadata[weightsName]));
  return found.success ? found.data : undefined;
}

/** @throws FileError, ConfigError, in words for people, where the file does not fit the layer */
export const weightsOf = (file: Uint8Array, layer: LoadParametersOptions['layer'], prefix = ''): Parameters =>
  loadParameters(file, { layer, prefix });

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
