import { isRecord } from '@longspan/core-tensor/error';

type Json = Readonly<Record<string, unknown>>;

/** Tokens of a family by their parts, where tokenizer_config.json does not name others. */
export const bertTokens = { unk: '[UNK]', sep: '[SEP]', pad: '[PAD]', cls: '[CLS]', mask: '[MASK]' };
export const robertaTokens = { bos: '<s>', eos: '</s>', unk: '<unk>', sep: '</s>', pad: '<pad>', cls: '<s>', mask: '<mask>' };

export type Named = Readonly<Record<string, string>>;

/** The tokens that are in force: the file's where it names them. */
export function namedTokens(defaults: Named, config: Json | undefined): Named {
  const named: Record<string, string> = { ...defaults };
  for (const name of ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask']) {
    const given = config?.[`${name}_token`];
    const content = isRecord(given) ? given['content'] : given;
    if (typeof content === 'string') named[name] = content;
  }
  return named;
}

/** As a config that names them, for `specialTokens`. */
export const asConfig = (named: Named): Json =>
  Object.fromEntries(Object.entries(named).map(([name, content]) => [`${name}_token`, content]));

/**
 * The added tokens: those of added_tokens_decoder, where the config has it, else the named ones that the vocabulary has. RoBERTa's mask takes the
 * blanks before it.
 */
export function addedTokensOf(
  config: Json | undefined,
  named: Named,
  idOf: (token: string) => number | undefined,
  maskStrips: boolean,
): readonly Json[] {
  const decoder = config?.['added_tokens_decoder'];
  if (isRecord(decoder)) return Object.entries(decoder).map(([id, token]) => ({ ...(isRecord(token) ? token : {}), id: Number(id) }));
  return [...new Set(Object.values(named))].flatMap((content) => {
    const id = idOf(content);
    const lstrip = maskStrips && content === named['mask'];
    return id === undefined ? [] : [{ id, content, special: true, normalized: false, single_word: false, lstrip, rstrip: false }];
  });
}

/** A template of tokenizer.json: 'cls:0 A:0 sep:0', where cls and sep stand for tokens by their part. */
export function templateJson(single: string, pair: string, named: Named, idOf: (token: string) => number | undefined): Json {
  const specials: Record<string, Json> = {};
  const parts = (text: string): readonly Json[] =>
    text.split(' ').map((each) => {
      const [name = '', type = '0'] = each.split(':');
      const type_id = Number(type);
      if (name === 'A' || name === 'B') return { Sequence: { id: name, type_id } };
      const content = named[name] ?? name;
      const id = idOf(content);
      if (id !== undefined) specials[content] = { id: content, ids: [id], tokens: [content] };
      return { SpecialToken: { id: content, type_id } };
    });
  return { type: 'TemplateProcessing', single: parts(single), pair: parts(pair), special_tokens: specials };
}
