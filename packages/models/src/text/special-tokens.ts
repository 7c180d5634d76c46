import { isRecord } from '@longspan/core-tensor/error';

/** Ids of the tokens that a model knows by their part; those that it has none of are left out. */
export type SpecialTokens = Partial<Readonly<Record<SpecialName, number>>>;

const names = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const;
export type SpecialName = (typeof names)[number];

/** From tokenizer_config.json or special_tokens_map.json: { cls_token: '[CLS]' } or { cls_token: { content: '[CLS]' } }. */
export function specialTokens(
  configs: readonly (Readonly<Record<string, unknown>> | undefined)[],
  idOf: (token: string) => number | undefined,
): SpecialTokens {
  const found: Partial<Record<SpecialName, number>> = {};
  for (const name of names) {
    for (const config of configs) {
      const given = config?.[`${name}_token`];
      const content = isRecord(given) ? given['content'] : given;
      const id = typeof content === 'string' ? idOf(content) : undefined;
      if (id !== undefined) found[name] ??= id;
    }
  }
  return found;
}
