import type { TextModel } from '../model/text-model.ts';
import { type EmbedTextsOptions, embedSettings, embedTexts } from './embed-texts.ts';

/** LangChain's `EmbeddingsInterface`, by its form: nothing of LangChain is imported. */
export interface LangChainEmbeddings {
  embedDocuments(documents: string[]): Promise<number[][]>;
  embedQuery(document: string): Promise<number[]>;
}

/**
 * A model as LangChain takes it, wherever it asks for `embeddings`.
 * @cost that of embedTexts
 * @source EmbeddingsInterface of @langchain/core 1
 * @example
 * const encode = (text) => ({
 *   ids: Int32Array.from(text, (sign) => sign.charCodeAt(0) % 99), // each character is a token
 *   offsets: Uint32Array.from({ length: 2 * text.length }, (_, at) => (at + 1) >> 1),
 * });
 * const config = { vocabSize: 99, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const tokenizer = { encode, template: { single: { before: [], after: [] } } };
 * const model = { model: bertModel(config), parameters: bertModel(config).init(createKey(0)), tokenizer };
 * const embeddings = langChainEmbeddings(model);
 * [(await embeddings.embedQuery('It rains.')).length, (await embeddings.embedDocuments(['a', 'b'])).length]; // => [8, 2]
 */
export function langChainEmbeddings(model: TextModel, options: EmbedTextsOptions = {}): LangChainEmbeddings {
  embedSettings('langChainEmbeddings', model, options);
  const embedDocuments = async (documents: readonly string[]): Promise<number[][]> =>
    (await embedTexts(documents, model, options)).vectors.map((vector) => Array.from(vector));
  return { embedDocuments, embedQuery: async (document) => (await embedDocuments([document]))[0] as number[] };
}
