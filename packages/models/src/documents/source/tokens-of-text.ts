import type { WorkOptions } from './stages.ts';
import { requireTokens, type TextTokenizer, type TextTokens } from './text-tokenizer.ts';

/**
 * The tokens of a whole document; it is told how far they are, and the signal ends it between two steps of the tokenizer.
 * @throws ConfigError for tokens that are none of that text; the signal's reason
 */
export async function tokensOfText(
  caller: string,
  tokenizer: TextTokenizer,
  text: string,
  { signal, progress }: WorkOptions,
): Promise<TextTokens> {
  const tell = (done: number): void => progress?.({ stage: 'tokenize', done, total: text.length });
  tell(0);
  signal?.throwIfAborted();
  const tokens = await tokenizer.encode(text, { signal, progress: ({ done }) => tell(done) });
  signal?.throwIfAborted();
  requireTokens(caller, tokens, text.length);
  tell(text.length);
  signal?.throwIfAborted(); // aborted by who is told
  return tokens;
}
