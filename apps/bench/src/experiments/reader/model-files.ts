import { join } from 'node:path';
import { type Parameters, type SafetensorsTensor, writeSafetensors } from '@longspan/core-tensor';
import { describeMachine } from '../../figures/hardware.ts';
import { replaceFile, requireWritable } from '../../report/replace-file.ts';
import { sourceHash } from '../../run/source-hash.ts';

/** What one has to know of the weights: what they are, how they came about and how good they are. */
export interface AboutModel {
  readonly size: object;
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly figures: object;
}

export interface ModelFiles {
  /** Tries whether they can be written, before minutes of work and not after. */
  check(): void;
  write(weights: Uint8Array, about: AboutModel): void;
}

/** The two files of a model. They name the code that runs, whatever is changed meanwhile. */
export function modelFiles(folder: string, name: string): ModelFiles {
  const { cpu, node, commit, tfjs } = describeMachine();
  const sources = sourceHash();
  const weights = `${name}.safetensors`;
  const paths = { weights: join(folder, weights), about: join(folder, `${name}.json`) };
  return {
    check: () => {
      for (const path of Object.values(paths)) requireWritable(path);
    },
    write: (file, { size, recipe, figures }) => {
      const code = { commit, sources, cpu, node, tfjs: tfjs['tfjs-backend-wasm'] };
      const text = 'Moby-Dick; every tenth chapter from the fifth on is held out';
      const about = { weights, size, recipe: { ...recipe, ...code }, figures: { text, ...figures } };
      replaceFile(paths.weights, file);
      replaceFile(paths.about, `${JSON.stringify(about, rounded, 2)}\n`);
    },
  };
}

/** Three decimals are more than a rerun on another machine would repeat. */
const rounded = (_: string, value: unknown): unknown => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value);

/** A safetensors file of the parameters in float16. */
export async function inHalfPrecision(parameters: Parameters): Promise<Uint8Array> {
  const entries = Object.entries(parameters).map(async ([name, tensor]): Promise<readonly [string, SafetensorsTensor]> => {
    const values = (await tensor.data<'float32'>()) as Float32Array;
    return [name, { dtype: 'F16', shape: tensor.shape, values }];
  });
  return writeSafetensors({ tensors: new Map(await Promise.all(entries)) });
}
