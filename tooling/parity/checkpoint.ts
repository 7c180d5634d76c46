import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readSafetensors, saveParameters } from '@longspan/core-tensor';
import { type CheckpointSource, fromPretrained, pretrainedFiles } from '@longspan/models';
import type { Comparison } from './compare.ts';
import { Config } from './config.ts';
import type { Fixture } from './fixture.ts';
import { type Family, replay } from './replay.ts';

/** A model that is read from a checkpoint, and what of the fixture beside it that model gave. */
export interface CheckpointPart {
  /** What its outputs begin with in the fixture: '', or 'base.' for the body. */
  readonly prefix: string;
  /** By config.json where it is undefined. */
  readonly head: string | undefined;
  /** How the model is replayed once its parameters are there. */
  readonly replay: Family;
  /** Outputs that begin with a text: the fixture's lists have them too, where they are counted. */
  readonly ofText?: readonly string[] | undefined;
  /** Whether the fixture's own config is taken and not config.json, which says some things in other words. */
  readonly keepsConfig?: boolean | undefined;
  /** More of the config, from other files of the folder. */
  readonly more?: ((folder: string) => Promise<object>) | undefined;
}

/**
 * Replays a checkpoint from the folder that it lies in: each part read from the folder by `fromPretrained`, and once more after
 * `savePretrained`.
 */
export async function replayCheckpoint(parts: readonly CheckpointPart[], folder: string, fixture: Fixture): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const part of parts) {
    const { bytes, json, files } = await readWeights(folder, part.head);
    const again = await readWeights(files, part.head);
    const more = { ...(await part.more?.(folder)) };
    for (const [way, read] of [['', { bytes, json }] as const, ['saved and read again', again] as const]) {
      const found = await replay(part.replay, partOf(fixture, part, read.bytes, { ...read.json, ...more }));
      comparisons.push(
        ...found.map((each) => ({
          ...each,
          tensor: each.tensor.replace(/^out[.]/, `out.${part.prefix}`),
          way: [way, each.way].filter((name) => name !== '').join(', '),
        })),
      );
    }
  }
  return comparisons;
}

/** Whether the weights of a fixture lie beside it: it has none of its own, and a config.json stands there. */
export const hasWeightsBeside = (file: string, { tensors }: Fixture): boolean =>
  ![...tensors.keys()].some((name) => name.startsWith('param.')) && existsSync(join(dirname(file), 'config.json'));

/** The parameters of a checkpoint as the bytes of a file, under the model's names; and the checkpoint written again. */
async function readWeights(source: CheckpointSource, head: string | undefined) {
  const pretrained = await fromPretrained(source, { head });
  try {
    return { bytes: await saveParameters(pretrained.parameters), json: pretrained.json, files: await pretrainedFiles(pretrained) };
  } finally {
    pretrained.dispose();
  }
}

/** The fixture of one part, as if its parameters were in it. */
export function partOf(fixture: Fixture, { prefix, keepsConfig, ofText = [] }: CheckpointPart, bytes: Uint8Array, json: object): Fixture {
  const outputs = [...fixture.tensors].flatMap(([name, entry]) => {
    if (!name.startsWith('out.')) return [[name, entry] as const];
    const isOther = !name.startsWith(`out.${prefix}`) || (prefix === '' && name.startsWith('out.base.'));
    return isOther || ofText.includes(name.slice('out.'.length)) ? [] : [[`out.${name.slice(`out.${prefix}`.length)}`, entry] as const];
  });
  const parameters = [...readSafetensors(bytes).tensors].map(([name, entry]) => [`param.${name}`, entry] as const);
  return {
    ...fixture,
    config: keepsConfig ? fixture.config : new Config(json, 'config.json'),
    tensors: new Map([...outputs, ...parameters]),
  };
}

/** A JSON file of the folder. */
export const jsonOf = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));
