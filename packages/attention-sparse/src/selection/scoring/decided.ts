import { notEqual, type Tensor, where } from '@tensorflow/tfjs-core';

/**
 * Scores, but where a rule decides: there the rule's own number stands, `maskedScore` or `requiredScore`, whatever the score was. So a
 * masked candidate that is NaN or infinite is masked all the same.
 * @shape scores [b, h, rows, candidates]; rules broadcast to it, 0 where nothing is decided
 */
export const decided = (scores: Tensor, rules: Tensor): Tensor => where(notEqual(rules, 0), rules, scores);
