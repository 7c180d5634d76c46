export { type LanguageModel, type LanguageModelConfig, languageModel, type Targets } from './language-model.ts';
