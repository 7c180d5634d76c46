import { compareParameters, type Parameters, type Spec } from '@longspan/core-tensor';
import { inNameOf } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ConfigJson } from '../config/read-config.ts';
import { type Family, requireFamily } from './family.ts';
import { oldNormNames } from './old-names.ts';

/** The names of a checkpoint as a model reads them. */
export interface NamedParameters {
  /** The model's parameters that the checkpoint has: the very tensors. */
  readonly parameters: Parameters;
  /** Names of the model that the checkpoint lacks. */
  readonly missing: readonly string[];
  /** Names of the checkpoint, as they stand there, that the model does not read. */
  readonly unexpected: readonly string[];
}

/**
 * What a model calls each name of a checkpoint: renamed as old conversions need, with the body's name put before it or taken away where the
 * checkpoint has a head and the model none, or the other way round.
 * @param names those of the checkpoint
 * @returns by the checkpoint's name; names that the model does not read are not in it
 * @cost no tensor operations
 */
export function namesInModel(family: Family, config: object, spec: Spec, names: Iterable<string>): ReadonlyMap<string, string> {
  const { body, renames = [], tied } = family.weights;
  const start = `${body}.`;
  const tiedTo = tied?.(config as never) ?? {};
  const reads = (name: string): boolean => Object.hasOwn(spec, name);
  const found = new Map<string, string>();
  const taken = new Set<string>();
  const take = (name: string, own: string | undefined): void => {
    if (own === undefined || taken.has(own) || found.has(name)) return;
    found.set(name, own);
    taken.add(own);
  };
  const candidatesOf = (name: string): readonly string[] => {
    const renamed = [...renames, ...oldNormNames].reduce((each, [from, to]) => each.replace(from, to), name);
    return [name, renamed].flatMap((each) => [each, `${start}${each}`, ...(each.startsWith(start) ? [each.slice(start.length)] : [])]);
  };
  const candidates = [...names].map((name) => [name, candidatesOf(name)] as const);
  for (const [name, each] of candidates) take(name, each.find(reads));
  // Of two that are tied the one whose own name it is, wherever it stands in the file: as transformers ties them.
  for (const [name, each] of candidates)
    take(name, each.flatMap((own) => (Object.hasOwn(tiedTo, own) ? [tiedTo[own] as string] : [])).find(reads));
  return found;
}

/** The scales of packed weights, which stand beside these, and what the model calls them. */
const scalesIn = (
  names: ReadonlyMap<string, string>,
  checkpoint: Readonly<Record<string, Tensor>>,
): readonly (readonly [string, string])[] =>
  [...names].flatMap(([name, own]) =>
    checkpoint[name]?.dtype === 'int32' && Object.hasOwn(checkpoint, `${name}_scale`) ? [[`${name}_scale`, `${own}_scale`] as const] : [],
  );

/** Whether a family's models do without that name of a checkpoint, so that nobody needs to be told of it. */
export const isUnneeded = ({ weights }: Family, name: string): boolean => (weights.unneeded ?? []).some((each) => each.test(name));

/**
 * The parameters of a model out of those of a checkpoint, whose names may be another body's or an old conversion's. Packed weights
 * keep their scales.
 * @shape those of the checkpoint; nothing is copied
 * @cost no tensor operations
 */
export function modelParameters(
  family: Family,
  config: object,
  model: { readonly spec: Spec },
  checkpoint: Readonly<Record<string, Tensor>>,
): NamedParameters {
  const caller = 'modelParameters';
  requireFamily(caller, family);
  const read = inNameOf(caller, () => family.config(config as ConfigJson));
  inNameOf(caller, () => compareParameters(model, checkpoint)); // both are what they should be
  const names = new Map(namesInModel(family, read, model.spec, Object.keys(checkpoint)));
  for (const [name, own] of scalesIn(names, checkpoint)) names.set(name, own);
  const parameters = Object.fromEntries([...names].map(([name, own]) => [own, checkpoint[name] as Tensor]));
  const tied = family.weights.tied?.(read as never) ?? {};
  return {
    parameters,
    missing: Object.keys(model.spec).filter((name) => !Object.hasOwn(parameters, name)),
    unexpected: Object.keys(checkpoint).filter((name) => !names.has(name) && !Object.hasOwn(tied, name) && !isUnneeded(family, name)),
  };
}
