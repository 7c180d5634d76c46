import { ConfigError, requireInteger, requireIntegers, requireKind } from '@longspan/core-tensor/error';
import type { LongformerConfig } from './config.ts';

const caller = 'questionTokens';

/**
 * The tokens of the question in `<s> question </s></s> text </s>`: all before the first separator. They are the `globals` of question
 * answering. Lists of the host, for masks are made of them.
 * @param ids what the tokenizer gave, one list for each batch row; of a tensor, `await ids.array()`
 * @throws ConfigError for a row that has not three separators, as Hugging Face demands
 * @cost O(b · n), no tensor operations
 * @source _compute_global_attention_mask of LongformerForQuestionAnswering, Hugging Face transformers 4.57
 * @example
 * questionTokens([[0, 7, 8, 2, 2, 9, 2]], { sepTokenId: 2 }); // => [[0, 1, 2]]
 */
export function questionTokens(
  ids: readonly ArrayLike<number>[],
  config: Pick<LongformerConfig, 'sepTokenId'>,
): readonly (readonly number[])[] {
  requireKind(caller, 'ids', ids, 'list');
  requireKind(caller, 'config', config, 'record');
  const { sepTokenId } = config;
  requireInteger(caller, { sepTokenId }, 0);
  return ids.map((row, at) => {
    const tokens = requireIntegers(caller, `ids[${at}]`, row, 0);
    const separators = tokens.flatMap((id, where) => (id === sepTokenId ? [where] : []));
    if (separators.length === 3) return Array.from({ length: separators[0] as number }, (_, token) => token);
    throw new ConfigError({
      caller,
      problem: 'each row must have three separators: <s> question </s></s> text </s>.',
      expected: `3 tokens of id ${sepTokenId} (sep_token_id)`,
      got: `${separators.length} (row ${at})`,
      remedy: 'encode question and text as a pair, or give globals yourself.',
    });
  });
}
