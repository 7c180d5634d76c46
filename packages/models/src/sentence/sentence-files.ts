import type { Spec } from '@longspan/core-tensor';
import { isRecord } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../config/read-config.ts';
import { poolingJson } from '../pooling/pooling-config.ts';
import { denseJson } from './dense-json.ts';
import { encoderConfigName, wholeConfigName } from './read-sentence.ts';
import type { Sentence } from './sentence.ts';

/** The JSON files of the modules, and the weights of linear maps by the folder that they go into. */
export interface SentenceFiles {
  readonly json: Readonly<Record<string, unknown>>;
  readonly dense: readonly DenseFolder[];
}

export interface DenseFolder {
  readonly path: string;
  readonly spec: Spec;
  /** The name of each parameter in its file, by its name in `sentence.parameters`. */
  readonly names: Readonly<Record<string, string>>;
}

const typeOf = (kind: string): string => `sentence_transformers.models.${kind}`;

/** What is written beside the encoder, in the layout of sentence-transformers 5, which version 6 opens too. */
export function sentenceFiles(sentence: Sentence): SentenceFiles {
  const { pooling, dense, normalize, maxSeqLength, files, layer } = sentence;
  const folders = dense.map((_, at) => `${at + 2}_Dense`);
  const kinds = [
    ['Transformer', ''],
    ['Pooling', '1_Pooling'],
    ...folders.map((path) => ['Dense', path] as const),
    ...(normalize ? [['Normalize', `${dense.length + 2}_Normalize`] as const] : []),
  ] as const;
  const configs: Record<string, ConfigJson> = {};
  const inFeatures = (at: number): number => layer.spec[`dense.${at}.weight`]?.shape[1] as number;
  for (const [at, path] of folders.entries())
    configs[`${path}/config.json`] = denseJson(dense[at] as (typeof dense)[number], inFeatures(at));
  const encoder = files[encoderConfigName];
  return {
    json: {
      ...(isRecord(files[wholeConfigName]) ? { [wholeConfigName]: files[wholeConfigName] } : {}),
      [encoderConfigName]: { ...(encoder ?? { do_lower_case: false }), max_seq_length: maxSeqLength ?? null },
      '1_Pooling/config.json': poolingJson(pooling),
      ...configs,
      'modules.json': kinds.map(([kind, path], idx) => ({ idx, name: String(idx), path, type: typeOf(kind) })),
    },
    dense: folders.map((path, at) => {
      const start = `dense.${at}.`;
      const own = Object.entries(layer.spec).filter(([name]) => name.startsWith(start));
      return {
        path,
        spec: Object.fromEntries(own),
        names: Object.fromEntries(own.map(([name]) => [name, `linear.${name.slice(start.length)}`])),
      };
    }),
  };
}
