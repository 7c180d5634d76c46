import { ConfigError, show } from '@longspan/core-tensor/error';

/** Where the layer norm stands: after the residual sum ('post', the paper's) or before the maps ('pre', Hugging Face's `pre_lnorm`). */
export type Normalization = 'post' | 'pre';

export function requireNormalization(caller: string, normalization: string): void {
  if (normalization === 'post' || normalization === 'pre') return;
  throw new ConfigError({
    caller,
    problem: "normalization must be 'post' or 'pre'.",
    expected: "'post' or 'pre'",
    got: show(normalization),
    remedy: "use 'pre' for Hugging Face's pre_lnorm, else leave it out.",
  });
}
