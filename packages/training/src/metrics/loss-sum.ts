import { requireMask, requireNumbers } from './numbers.ts';

/** The losses of some tokens, in any number of batches. */
export interface Losses {
  /** Cross entropy of each token, nats. */
  readonly losses: ArrayLike<number>;
  /** 1 where a token counts, 0 where it does not; all count by default. */
  readonly mask?: ArrayLike<number> | undefined;
}

/** The sum of the losses that count, and how many they are. */
export function lossSum(caller: string, { losses, mask }: Losses): { readonly nats: number; readonly tokens: number } {
  requireNumbers(caller, 'losses', losses);
  if (mask === undefined) return { nats: Array.from(losses).reduce((sum, loss) => sum + loss, 0), tokens: losses.length };
  requireMask(caller, mask, ['losses', losses]);
  let nats = 0;
  let tokens = 0;
  for (let at = 0; at < losses.length; at++) {
    if (mask[at] === 0) continue;
    nats += losses[at] as number;
    tokens++;
  }
  return { nats, tokens };
}
