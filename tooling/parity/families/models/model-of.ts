/** The model that a fixture's family is of. */
export interface FixtureModel {
  /** What the fixtures call its family: `bert`. */
  readonly name: string;
  /** What config.json calls it. */
  readonly modelType: string;
  readonly head: string;
}

/** model_type of config.json, by the fixtures' word. */
const modelTypes: Readonly<Record<string, string>> = {
  bert: 'bert',
  bigbird: 'big_bird',
  distilbert: 'distilbert',
  funnel: 'funnel',
  hat: 'hierarchical-transformer',
  hourglass: 'hourglass',
  led: 'led',
  longformer: 'longformer',
  longt5: 'longt5',
  modernbert: 'modernbert',
  mpnet: 'mpnet',
  reformer: 'reformer',
  roberta: 'roberta',
  routing: 'routing-transformer',
  sentence_transformers: 'bert',
  swin: 'swin',
  swinv2: 'swinv2',
  transfoxl: 'transfo-xl',
  xlm_roberta: 'xlm-roberta',
};

/** Heads, by the fixtures' word. */
const heads: Readonly<Record<string, string>> = {
  backbone: 'backbone',
  base_model: 'baseModel',
  causal_lm: 'causalLanguageModel',
  conditional_generation: 'conditionalGeneration',
  image_classification: 'imageClassification',
  lm: 'causalLanguageModel',
  masked_lm: 'maskedLanguageModel',
  model: 'model',
  paper: 'causalLanguageModel',
  question_answering: 'questionAnswering',
  sentence_classification: 'sentenceClassification',
  sequence_classification: 'sequenceClassification',
  token_classification: 'tokenClassification',
  transformer: 'languageModel',
};

/** Whether cases of that family have the weights of a whole model. */
export const isModel = (family: string): boolean => find(family) !== undefined;

/** The model of a fixture's family. @throws where it is of no whole model */
export function modelOf(family: string): FixtureModel {
  const found = find(family);
  if (found === undefined) throw new Error(`${family} must be of a whole model`);
  return found;
}

function find(family: string): FixtureModel | undefined {
  const [word = '', head = 'model'] = family.replace(/^checkpoint[.]/, '').split('.');
  const [modelType, known] = [modelTypes[word], heads[head]];
  if (modelType === undefined || known === undefined) return undefined;
  return { name: word === 'sentence_transformers' ? 'bert' : word, modelType, head: known };
}
