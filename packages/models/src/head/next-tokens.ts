import type { LayerContext } from '@longspan/core-tensor';
import { ConfigError, requireInteger, stamped } from '@longspan/core-tensor/error';
import { slice, type Tensor } from '@tensorflow/tfjs-core';

/** What a model of next tokens reads of its context. */
export interface NextTokenContext extends LayerContext {
  /** How many tokens of each row, from its end, have logits, as Hugging Face's logits_to_keep: 1 while a text is written; all by default. */
  readonly logitsToKeep?: number | undefined;
}

/** That name, for `reads`: `generate` asks a model that reads it for the logits of the last token alone. */
export const logitsToKeepName = 'logitsToKeep';

export function requireLogitsToKeep(caller: string, { logitsToKeep }: NextTokenContext): void {
  if (logitsToKeep !== undefined) requireInteger(caller, { 'context.logitsToKeep': logitsToKeep }, 1);
}

/** The features that logits are wanted of. @shape hidden [b, n, width] -> [b, min(n, logitsToKeep), width] */
export function keptTokens(hidden: Tensor, { logitsToKeep }: NextTokenContext): Tensor {
  const [batch, length, width] = hidden.shape as [number, number, number];
  if (logitsToKeep === undefined || logitsToKeep >= length) return hidden;
  return slice(hidden, [0, length - logitsToKeep, 0], [batch, logitsToKeep, width]);
}

/** A model that says of what it gives that it is no logits of next tokens: `logits of masked words`. */
export const giving = <Model extends object>(gives: string, model: Model): Model => stamped({ ...model, gives });

/** Throws where a model says that it gives something else than logits of next tokens. */
export function requireNextTokens(caller: string, model: object): void {
  const { gives, name } = model as { readonly gives?: unknown; readonly name?: unknown };
  if (typeof gives !== 'string') return;
  throw new ConfigError({
    caller,
    problem: 'model must be one of next tokens.',
    expected: 'a model that gives logits of the token that follows: one with a head causalLanguageModel or conditionalGeneration',
    got: `${String(name)}, which gives ${gives}`,
    remedy:
      "load a checkpoint that was trained for it: BigBird's, Hourglass's, LED's, Reformer's, Transformer-XL's; or give a languageModel.",
  });
}
