import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readSafetensors, type SafetensorsEntry } from '@longspan/core-tensor';
import type { Tolerance } from '../expect/close.ts';
import { Config } from './config.ts';

/** One case: what went into the reference implementation and what it gave. The format is described in golden/README.md. */
export interface Fixture {
  readonly family: string;
  readonly name: string;
  readonly config: Config;
  readonly tolerance: Tolerance;
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
}

/** What a file says it is, before anything of it is replayed. */
export interface Label {
  readonly family: string;
  readonly name: string;
  /** Rows of a checkpoint's lists, all of which begin with a text. */
  readonly ofText?: number;
}

/** The family and the case that a file names; nothing where the file is no fixture, as a checkpoint's weights or a tokenizer. */
export async function readLabel(file: string): Promise<Label | undefined> {
  if (file.endsWith('.json')) {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    const label = labelOf(content);
    return label?.family.startsWith('checkpoint.') ? { ...label, ofText: rowsIn(content as object) } : label;
  }
  return labelOf(readSafetensors(await readFile(file)).metadata);
}

/** Records in the lists of a file. */
const rowsIn = (content: object): number =>
  Object.values(content).reduce<number>(
    (count, list) => count + (Array.isArray(list) ? list.filter((each) => typeof each === 'object').length : 0),
    0,
  );

function labelOf(metadata: unknown): Label | undefined {
  if (typeof metadata !== 'object' || metadata === null || !('family' in metadata) || typeof metadata.family !== 'string') return undefined;
  const name = 'case' in metadata && typeof metadata.case === 'string' ? metadata.case : '(unnamed)';
  return { family: metadata.family, name };
}

/** Reads one case. Throws where its metadata is not what the format asks for. */
export async function readFixture(file: string): Promise<Fixture> {
  const { metadata, tensors } = readSafetensors(await readFile(file));
  const label = labelOf(metadata);
  if (label === undefined) throw new Error(`the metadata of ${file} must name a family`);
  const all = new Map([...tensors, ...(await weightsBeside(file, label, tensors))]);
  return { ...label, config: new Config(parsed(metadata, 'config'), 'config'), tolerance: toleranceOf(metadata), tensors: all };
}

/** The parameters of a case whose weights stand in a file of their own, as in a checkpoint; a checkpoint.* case loads them by itself. */
async function weightsBeside(
  file: string,
  { family }: Label,
  tensors: ReadonlyMap<string, SafetensorsEntry>,
): Promise<readonly (readonly [string, SafetensorsEntry])[]> {
  const beside = join(dirname(file), 'model.safetensors');
  if (family.startsWith('checkpoint.') || basename(file) !== 'expected.safetensors' || !existsSync(beside)) return [];
  if ([...tensors.keys()].some((name) => name.startsWith('param.'))) return [];
  const weights = readSafetensors(await readFile(beside)).tensors;
  return [...weights].map(([name, entry]) => [`param.${name}`, entry]);
}

const toleranceOf = (metadata: Readonly<Record<string, string>>): Tolerance =>
  toleranceIn(new Config(parsed(metadata, 'tolerance'), 'tolerance'));

/** { atol, rtol } */
export function toleranceIn(tolerance: Config): Tolerance {
  const [atol, rtol] = [tolerance.number('atol'), tolerance.number('rtol')];
  if (atol < 0 || rtol < 0) throw new Error(`tolerance: atol ${atol} and rtol ${rtol} must not be negative`);
  return { atol, rtol };
}

function parsed(metadata: Readonly<Record<string, string>>, key: string): unknown {
  const text = metadata[key];
  if (text === undefined) throw new Error(`the metadata must have ${key}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the metadata's ${key} must be JSON: ${text.slice(0, 80)}`);
  }
}

/** A stored tensor that a case cannot do without. */
export function stored(fixture: Fixture, name: string): SafetensorsEntry {
  const found = fixture.tensors.get(name);
  if (found === undefined) throw new Error(`the fixture must have the tensor ${name}`);
  return found;
}

/** The shape and the numbers of a stored tensor. */
export function valuesOf(entry: SafetensorsEntry): { readonly shape: readonly number[]; readonly values: readonly number[] } {
  return { shape: entry.shape, values: Array.from(entry.values(), Number) };
}
