import { fromPretrained } from '@longspan/models';
import { documentTokenizer, type TextModel } from '@longspan/models/documents';
import { readTokenizer } from '@longspan/models/text';
import type { EncoderFiles } from './encoder-files.ts';

/** The encoder from its files. Of a text, and of the units of a document, it makes the mean of the tokens, through its last linear map and tanh. */
export async function readEncoder(files: EncoderFiles): Promise<TextModel> {
  const [network, tokenizer] = await Promise.all([fromPretrained(files, { precision: 'int8' }), readTokenizer(files)]);
  return { ...network, tokenizer: documentTokenizer(tokenizer) };
}
