import { addAlibi, addSpanRamp, collectAlibi, collectSpanRamp } from './distance';
import { Group } from './group';
import { alibiKind, Job, selfScoreKind, softCapKind, spanRampKind, termAt } from './job';
import { scoreStride } from './products';
import { applySelfScore, applySlope, applySoftCap } from './squeeze';
import { addTable, collectTable } from './table';

/** Bytes of the slopes that one term keeps for a group. */
// @ts-ignore: decorator
@inline
export const slopeBytes: usize = 4 * scoreStride;

/** Takes a group's scaled scores through the terms in order. `slopes`: where slopes are kept for the way back, or 0. */
export function applyTerms(job: Job, group: Group, scores: usize, slopes: usize): void {
  for (let index = 0; index < job.termCount; index++) {
    const term = termAt(job, index);
    const kept = slopes ? slopes + <usize>term.slope * slopeBytes : 0;
    if (term.kind == alibiKind) addAlibi(group, term, scores);
    else if (term.kind == spanRampKind) addSpanRamp(group, term, scores);
    else if (term.kind == softCapKind) applySoftCap(group, term, scores, kept);
    else if (term.kind == selfScoreKind) applySelfScore(group, term, scores, kept);
    else addTable(job, group, term, scores);
  }
}

/** Takes the cotangent of a group's scores back through the terms, adding up the gradients of their tensors on the way. */
export function backwardTerms(job: Job, group: Group, cotangent: usize, slopes: usize): void {
  for (let index = job.termCount - 1; index >= 0; index--) {
    const term = termAt(job, index);
    if (term.slope >= 0) applySlope(group, cotangent, slopes + <usize>term.slope * slopeBytes);
    else if (term.kind == alibiKind) collectAlibi(group, term, cotangent);
    else if (term.kind == spanRampKind) collectSpanRamp(group, term, cotangent);
    else collectTable(job, group, term, cotangent);
  }
}
