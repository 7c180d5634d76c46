export type { SpanOutput } from '../head/encoder-heads.ts';
export { type Answer, type AnswerOptions, type Answers, answer } from './answer/answer.ts';
export {
  type PipelineAnswer,
  type PipelineAnswerOptions,
  type PipelineWindow,
  pipelineAnswers,
} from './answer/pipeline-answers.ts';
export { type Classification, classify, type LabelScore } from './classify/classify.ts';
export { type ClassifyTokensOptions, classifyTokens, type Entity, type TokenClassification } from './classify/classify-tokens.ts';
export type { WindowedOptions } from './classify/read-whole.ts';
export { type DocumentEmbedding, type EmbeddedLevel, type EmbeddedUnit, embed } from './embed/embed.ts';
export { type EmbedTextsOptions, embedTexts, type TextEmbeddings } from './embed/embed-texts.ts';
export { type LangChainEmbeddings, langChainEmbeddings } from './embed/langchain.ts';
export type { CutOptions, ReadOptions } from './embed/read-document.ts';
export type { SegmentOptions } from './embed/segments.ts';
export type { EntityGroup, EntityStrategy } from './entity/group-entities.ts';
export {
  type EntityWindow,
  type PipelineEntity,
  type PipelineEntityOptions,
  pipelineEntities,
} from './entity/pipeline-entities.ts';
export type { TextModel } from './model/text-model.ts';
export type { LatePoolingOption, UsedPooling } from './model/text-pooling.ts';
export { type PackedSequence, type PackedTexts, packTexts } from './packing/pack-texts.ts';
export { createIndex, type DocumentIndex, updateIndex } from './search/document-index.ts';
export type { Fusion } from './search/fuse.ts';
export { indexFile, openIndex, saveIndex } from './search/index-file.ts';
export type { SectionPlace, TextPlace } from './search/places.ts';
export { type SearchOptions, type SearchResult, search } from './search/search.ts';
export { indexWords, type SearchLevel, type WordIndex } from './search/word-index.ts';
export {
  type DocumentTokenizer,
  documentTokenizer,
  type TemplatedTokenizer,
  type TemplatedTokens,
} from './source/document-tokenizer.ts';
export type { DocumentSource } from './source/read-source.ts';
export type { DocumentProgress, WorkOptions } from './source/stages.ts';
export type { PairTemplate, SingleTemplate, TextTokenizer, TextTokens, TokenizeOptions } from './source/text-tokenizer.ts';
export {
  type SummarisedPart,
  type SummariseOptions,
  type Summary,
  type SummaryModel,
  summarise,
  type WritingTokenizer,
} from './summarise/summarise.ts';
export { type Range, type TextWindow, type WindowOptions, windows } from './window/windows.ts';
