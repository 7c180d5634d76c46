import { ConfigError, type Reason } from '@longspan/core-tensor/error';

/** The error of a file of sentence-transformers that says what cannot be done here. */
export const sentenceError = (caller: string, reason: Omit<Reason, 'remedy'> & { readonly remedy?: string }): ConfigError =>
  new ConfigError({
    caller,
    remedy: 'give { sentence: false } for the encoder alone, and make its vectors with @longspan/models/pooling.',
    ...reason,
  });
