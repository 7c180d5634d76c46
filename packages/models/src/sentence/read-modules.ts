import { isRecord, show } from '@longspan/core-tensor/error';
import type { CheckpointFiles } from '../pretrained/checkpoint-files.ts';
import { readOptionalText } from '../pretrained/read-json.ts';
import { sentenceError } from './sentence-error.ts';

/** What modules.json says: the folders of the modules, '' for the checkpoint's own. */
export interface SentenceModules {
  readonly transformer: string;
  readonly pooling: string;
  readonly dense: readonly string[];
  readonly normalize: boolean;
}

const kinds = ['Transformer', 'Pooling', 'Dense', 'Normalize'] as const;
type Kind = (typeof kinds)[number];

interface Module {
  readonly kind: Kind;
  readonly path: string;
}

const name = 'modules.json';

/**
 * Reads modules.json of a repository of sentence-transformers, whose versions give the same modules other types; undefined where there is none.
 * @throws ConfigError for a module that is not known, and for another order of them
 */
export async function readModules(caller: string, files: CheckpointFiles): Promise<SentenceModules | undefined> {
  const text = await readOptionalText(caller, files, name);
  if (text === undefined) return undefined;
  const modules = listOf(caller, text).map((each) => moduleOf(caller, each));
  const [first, second, ...rest] = modules;
  const normalize = rest.at(-1)?.kind === 'Normalize';
  const dense = normalize ? rest.slice(0, -1) : rest;
  if (first?.kind === 'Transformer' && second?.kind === 'Pooling' && dense.every(({ kind }) => kind === 'Dense'))
    return { transformer: first.path, pooling: second.path, dense: dense.map(({ path }) => path), normalize };
  throw sentenceError(caller, {
    problem: 'the modules must be an encoder, a pooling, linear maps and unit length, in that order.',
    expected: 'Transformer, Pooling, then Dense as often as it is needed, then Normalize or none',
    got: modules.map(({ kind }) => kind).join(', '),
  });
}

function listOf(caller: string, text: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = text.slice(0, 60);
  }
  if (Array.isArray(value)) return value;
  throw sentenceError(caller, {
    problem: `${name} must be a list in JSON.`,
    expected: '[{"type": "…", "path": "…"}, …]',
    got: show(value),
  });
}

function moduleOf(caller: string, module: unknown): Module {
  const { type, path } = isRecord(module) ? module : {};
  // sentence_transformers.models.Pooling up to version 5, sentence_transformers.sentence_transformer.modules.pooling.Pooling since.
  const last = typeof type === 'string' ? /^sentence_transformers[.](?:\w+[.])*(\w+)$/.exec(type)?.[1] : undefined;
  const kind = kinds.find((each) => each === last);
  if (kind === undefined) {
    throw sentenceError(caller, {
      problem: 'every module must be one that is known.',
      expected: `${kinds.join(', ')} of sentence_transformers`,
      got: `${show(type ?? module)} in ${name}`,
    });
  }
  if (typeof path === 'string' && isWithin(path)) return { kind, path };
  throw sentenceError(caller, {
    problem: 'the path of a module must be a folder of the checkpoint.',
    expected: 'a name without a way out of it: 1_Pooling',
    got: `${show(path)} in ${name}`,
  });
}

/** A name that leads elsewhere would open what nobody gave. */
const isWithin = (path: string): boolean =>
  path === '' || path.split('/').every((part) => /^[^\\:\p{Cc}]+$/u.test(part) && part !== '.' && part !== '..');
