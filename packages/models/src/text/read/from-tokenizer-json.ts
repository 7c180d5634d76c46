import { isRecord, show } from '@longspan/core-tensor/error';
import { type AddedToken, readAddedTokens } from '../added-tokens.ts';
import { readDecoder } from '../decode.ts';
import type { Model } from '../model/model.ts';
import { readModel } from '../model/read-model.ts';
import { readNormalizer } from '../normalizer/read-normalizer.ts';
import { pipelineOf } from '../pipeline.ts';
import { readTemplate, type Template } from '../post-processor/template.ts';
import { readPreTokenizer } from '../pre-tokenizer/read-pre-tokenizer.ts';
import { specialTokens } from '../special-tokens.ts';
import { badFile } from '../step-json.ts';
import { type Tokenizer, tokenizerOf } from '../tokenizer.ts';

type Json = Readonly<Record<string, unknown>>;

/** What stands beside a tokenizer: tokenizer_config.json and special_tokens_map.json. */
export interface Beside {
  readonly config?: Json | undefined;
  readonly specialMap?: Json | undefined;
}

/** A tokenizer of tokenizer.json, or of a record in its form that was made of other files. */
export function fromTokenizerJson(json: Json, beside: Beside): Tokenizer {
  const model = readModel(json['model']);
  const added = readAddedTokens(json['added_tokens']);
  requireAgreement(model, added);
  const pipeline = pipelineOf({
    added,
    model,
    normalizers: readNormalizer(json['normalizer']),
    preTokenizers: readPreTokenizer(json['pre_tokenizer']),
  });
  const ids = new Map(added.map(({ content, id }) => [content, id]));
  const template = readTemplate(json['post_processor']);
  requireTemplateKnown(template, model, added);
  return tokenizerOf({
    pipeline,
    template,
    decode: readDecoder(json['decoder'], added),
    special: specialTokens([beside.config, beside.specialMap], (token) => ids.get(token) ?? model.idOf(token)),
    fileAsked: { truncation: asked(json['truncation']), padding: asked(json['padding']), maxLength: maxLengthOf(beside.config) },
  });
}

/** A token that has two ids would be one of them in the text and the other one by name. */
function requireAgreement(model: Model, added: readonly AddedToken[]): void {
  for (const { content, id } of added) {
    const inModel = model.idOf(content);
    if (inModel === undefined || inModel === id) continue;
    throw badFile('an added token must have the id that the vocabulary has for it.', `${inModel}`, `${id} for ${show(content)}`);
  }
}

/** An id that nothing stands for is no row of a table of embeddings either. */
function requireTemplateKnown({ single, pair }: Template, model: Model, added: readonly AddedToken[]): void {
  const known = new Set(added.map(({ id }) => id));
  for (const part of [...single, ...pair]) {
    const unknown = part.kind === 'special' ? part.ids.find((id) => !known.has(id) && model.tokenOf(id) === undefined) : undefined;
    if (unknown === undefined) continue;
    throw badFile('the tokens of a template must be in the vocabulary.', 'ids of the vocabulary or of added tokens', `${unknown}`);
  }
}

const asked = (value: unknown): Json | undefined => (isRecord(value) ? value : undefined);

/** Transformers writes 1e30 where there is no limit. */
function maxLengthOf(config: Json | undefined): number | undefined {
  const length = config?.['model_max_length'];
  return Number.isSafeInteger(length) ? (length as number) : undefined;
}
