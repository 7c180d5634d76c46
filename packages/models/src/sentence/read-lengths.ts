import { isRecord, requireInteger } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../config/read-config.ts';
import type { CheckpointFiles } from '../pretrained/checkpoint-files.ts';
import { readOptionalRecord } from '../pretrained/read-json.ts';
import { bytesBetween } from '../pretrained/told-files.ts';
import type { Sentence } from './sentence.ts';

/** What sentence-transformers calls the config of the encoder's module: its own name first, then those of its first versions. */
const configNames = ['bert', 'roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta', 'xlnet'].map(
  (family) => `sentence_${family}_config.json`,
);

export interface SentenceLengths extends Pick<Sentence, 'maxSeqLength' | 'truncation'> {
  /** The content of sentence_bert_config.json; undefined where there is none. */
  readonly config: ConfigJson | undefined;
}

/** After how many tokens others cut a text. */
export async function readLengths(caller: string, files: CheckpointFiles): Promise<SentenceLengths> {
  const config = await firstRecord(caller, files, configNames);
  const told = config?.['max_seq_length'] ?? (await readOptionalRecord(caller, files, 'tokenizer_config.json'))?.['model_max_length'];
  // transformers writes 1e30 where there is no limit.
  const isNone = told === undefined || told === null || (typeof told === 'number' && told >= 1e15);
  if (!isNone) requireInteger(caller, { max_seq_length: told }, 1);
  const truncation = await truncationIn(files);
  return {
    config,
    ...(isNone ? {} : { maxSeqLength: told as number }),
    ...(truncation === undefined ? {} : { truncation }),
  };
}

async function firstRecord(caller: string, files: CheckpointFiles, names: readonly string[]): Promise<ConfigJson | undefined> {
  for (const name of names) {
    const found = await readOptionalRecord(caller, files, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** It stands at the beginning, before a vocabulary of megabytes. */
const beginning = 4096;

async function truncationIn(files: CheckpointFiles): Promise<number | undefined> {
  const source = await files.open('tokenizer.json');
  if (source === undefined || source.size === 0) return undefined;
  const text = new TextDecoder().decode(await bytesBetween(source, 0, Math.min(source.size, beginning)));
  const record = /"truncation"\s*:\s*(\{[^{}]*\})/.exec(text)?.[1];
  try {
    const value: unknown = JSON.parse(record ?? 'null');
    const length = isRecord(value) ? value['max_length'] : undefined;
    return Number.isSafeInteger(length) && (length as number) >= 1 ? (length as number) : undefined;
  } catch {
    return undefined; // what it says of itself is for whoever makes the tokens
  }
}
