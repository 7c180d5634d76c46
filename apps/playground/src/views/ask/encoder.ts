import { scoped } from '@longspan/core-tensor';
import { fromPretrained } from '@longspan/models';
import { documentTokenizer, type TextModel } from '@longspan/models/documents';
import { sentenceLayer } from '@longspan/models/pooling';
import { readTokenizer } from '@longspan/models/text';
import type { EncoderFiles } from './encoder-files.ts';

/** Features of a token, and of a text's vector. */
const width = 512;

/**
 * The encoder from its files. Of a text it makes the mean of the tokens, through its last linear map and tanh; `sentence` says so, and the
 * units of a document get the same.
 */
export async function readEncoder(files: EncoderFiles): Promise<TextModel> {
  const [network, tokenizer] = await Promise.all([fromPretrained(files, { precision: 'int8' }), readTokenizer(files)]);
  const parameters = scoped('pooler', network.parameters);
  const made = { dense: [{ outFeatures: width }], normalize: true };
  const pooling = { width, modes: ['mean'] as const, includePrompt: true };
  const sentence = { ...made, pooling, layer: sentenceLayer({ ...made, width, modes: ['mean'] }), parameters, files: {} };
  return { ...network, sentence, tokenizer: documentTokenizer(tokenizer) };
}
