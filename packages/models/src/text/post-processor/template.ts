import { isRecord, show } from '@longspan/core-tensor/error';
import { mostIds } from '../model/vocabulary.ts';
import { badFile, type Fields, fieldsOf, unknownStep } from '../step-json.ts';
import type { Trim } from '../trim-offsets.ts';

/** A part of what a model reads: a text, or tokens of the template's own. */
export type Part =
  | { readonly kind: 'text'; readonly which: 0 | 1; readonly typeId: number }
  | { readonly kind: 'special'; readonly ids: readonly number[]; readonly typeId: number };

/** How one text or two stand in what a model reads. */
export interface Template {
  readonly single: readonly Part[];
  readonly pair: readonly Part[];
  readonly trims: readonly Trim[];
}

const text = (which: 0 | 1, typeId: number): Part => ({ kind: 'text', which, typeId });
const special = (typeId: number, ...ids: readonly number[]): Part => ({ kind: 'special', ids, typeId });

/** Texts as they are. */
const plain: Template = { single: [text(0, 0)], pair: [text(0, 0), text(1, 1)], trims: [] };

const kinds: Readonly<Record<string, (fields: Fields) => Template>> = {
  BertProcessing: (fields) => {
    const [sep, cls] = [idOf(fields, 'sep'), idOf(fields, 'cls')];
    const single = [special(0, cls), text(0, 0), special(0, sep)];
    return { single, pair: [...single, text(1, 1), special(1, sep)], trims: [] };
  },
  ByteLevel: (fields) => ({ ...plain, trims: trimsOf(fields) }),
  RobertaProcessing: (fields) => {
    const [sep, cls] = [idOf(fields, 'sep'), idOf(fields, 'cls')];
    const single = [special(0, cls), text(0, 0), special(0, sep)];
    return { single, pair: [...single, special(0, sep), text(1, 0), special(0, sep)], trims: trimsOf(fields) };
  },
  TemplateProcessing: (fields) => {
    const specials = fields.json['special_tokens'];
    const parts = (name: string): readonly Part[] => fields.steps(name).map((each) => partOf(each, specials));
    return { single: parts('single'), pair: parts('pair'), trims: [] };
  },
};

/** The post_processor of tokenizer.json. */
export function readTemplate(json: unknown, depth = 0): Template {
  if (json === null || json === undefined) return plain;
  const fields = fieldsOf('post_processor', json);
  if (fields.json.type === 'Sequence' && depth < 8) {
    const each = fields.steps('processors').map((step) => readTemplate(step, depth + 1));
    const own = each.filter(({ single, pair }) => single !== plain.single || pair !== plain.pair);
    if (own.length > 1) throw badFile('a sequence of post-processors must have one that adds tokens.', 'at most one', `${own.length}`);
    return { ...(own[0] ?? plain), trims: each.flatMap(({ trims }) => trims) };
  }
  const make = Object.hasOwn(kinds, fields.json.type) ? kinds[fields.json.type] : undefined;
  if (make === undefined) throw unknownStep('post_processor', fields.json.type, [...Object.keys(kinds), 'Sequence']);
  return make(fields);
}

const trimsOf = (fields: Fields): readonly Trim[] =>
  fields.flag('trim_offsets', true) ? [{ hasPrefix: fields.flag('add_prefix_space', true) }] : [];

function idOf(fields: Fields, name: string): number {
  const pair = fields.json[name];
  const id: unknown = Array.isArray(pair) ? pair[1] : undefined;
  if (isId(id)) return id;
  throw badFile(`${name} of the ${fields.where} must be a token and its id.`, '["[SEP]", 102]', show(pair));
}

const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < mostIds;

function partOf(json: unknown, specials: unknown): Part {
  const sequence = isRecord(json) ? json['Sequence'] : undefined;
  const token = isRecord(json) ? json['SpecialToken'] : undefined;
  if (isRecord(sequence) && (sequence['id'] === 'A' || sequence['id'] === 'B'))
    return text(sequence['id'] === 'A' ? 0 : 1, typeOf(sequence));
  if (isRecord(token) && typeof token['id'] === 'string' && isRecord(specials) && Object.hasOwn(specials, token['id'])) {
    const known = specials[token['id']];
    const ids: unknown = isRecord(known) ? known['ids'] : undefined;
    if (Array.isArray(ids) && ids.every(isId)) return special(typeOf(token), ...ids);
  }
  throw badFile(
    'a part of a template must be a text or a token that it names.',
    '{ Sequence: { id: "A" } } or { SpecialToken: { id } }',
    show(json),
  );
}

function typeOf({ type_id: type = 0 }: Readonly<Record<string, unknown>>): number {
  if (isId(type) && type < 256) return type;
  throw badFile('type_id of a template must be small.', 'an integer from 0 to 255', show(type));
}
