import { ConfigError, requireInteger, show } from '@longspan/core-tensor/error';
import type { LogitsProcessor } from './processor.ts';

/**
 * Leaves the smallest set of the best tokens whose probabilities sum up to at least `share`: the one that crosses it stays.
 * @param share of the probability
 * @param atLeast tokens that stay in any case; 1 by default
 * @throws ConfigError unless the share is from 0 to 1 and `atLeast` an integer of at least 1
 * @cost a sort of the tokens that are possible
 * @source Holtzman et al. 2019 (arXiv 1904.09751) §3.1; TopPLogitsWarper of Hugging Face transformers 4.57
 * @example
 * const scores = Float64Array.of(Math.log(0.2), Math.log(0.5), Math.log(0.3));
 * topP(0.6)(scores, { tokens: [], newTokens: 0, maxNewTokens: 9 })[0]; // => -Infinity
 */
export function topP(share: number, atLeast = 1): LogitsProcessor {
  requireShare(share);
  requireInteger('topP', { atLeast }, 1);
  return (scores) => {
    const possible = [...scores.keys()].filter((token) => scores[token] !== Number.NEGATIVE_INFINITY);
    if (possible.length <= atLeast) return scores;
    possible.sort((a, b) => (scores[a] as number) - (scores[b] as number));
    const most = scores[possible.at(-1) as number] as number;
    const weights = possible.map((token) => Math.exp((scores[token] as number) - most));
    const total = weights.reduce((sum, each) => sum + each, 0);
    const left = scores.slice();
    let sum = 0;
    for (const [at, token] of possible.slice(0, possible.length - atLeast).entries()) {
      sum += (weights[at] as number) / total;
      if (sum > 1 - share) break;
      left[token] = Number.NEGATIVE_INFINITY;
    }
    return left;
  };
}

function requireShare(share: number): void {
  if (typeof share === 'number' && share >= 0 && share <= 1) return;
  throw new ConfigError({
    caller: 'topP',
    problem: 'the share must be a number from 0 to 1.',
    expected: '0 … 1',
    got: show(share),
    remedy: 'write topP(0.9) to leave nine tenths of the probability.',
  });
}
