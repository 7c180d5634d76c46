import type { Rules } from './search/search.ts';

/** Whether a sequence ends with the token that was chosen last. */
export const isEnd = ({ endTokens, stop }: Rules, tokens: readonly number[]): boolean =>
  endTokens.includes(tokens.at(-1) as number) || stop?.(tokens) === true;

/** Whether all prompts have their sequences. */
export const isFinished = (prompts: readonly { readonly isDone: boolean }[]): boolean => prompts.every(({ isDone }) => isDone);
