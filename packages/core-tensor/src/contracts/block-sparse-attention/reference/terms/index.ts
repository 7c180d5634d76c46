import type { Tensor } from '@tensorflow/tfjs-core';
import type { ScoreTerm } from '../../score-terms.ts';
import { alibiStep, spanRampStep } from './distance.ts';
import { softCapStep } from './soft-cap.ts';
import type { Place, Step } from './step.ts';
import { biasStep, blockBiasStep, cellBiasStep, distanceBiasStep } from './table.ts';
import { keyLengthsStep, originalPositionsStep } from './visibility.ts';

/** What a term does between the scaled score and the softmax; null for those that act before (r) or after it (dropout). */
export function step(term: ScoreTerm, scores: Tensor, place: Place): Step | null {
  switch (term.kind) {
    case 'bias':
      return biasStep(term, scores, place);
    case 'blockBias':
      return blockBiasStep(term, scores, place);
    case 'distanceBias':
      return distanceBiasStep(term, scores, place);
    case 'cellBias':
      return cellBiasStep(term, scores, place);
    case 'alibi':
      return alibiStep(term, scores, place);
    case 'softCap':
      return softCapStep(term, scores);
    case 'keyLengths':
      return keyLengthsStep(term, scores, place);
    case 'spanRamp':
      return spanRampStep(term, scores, place);
    case 'originalPositions':
      return originalPositionsStep(term, scores, place);
    case 'relativePositions':
    case 'attentionDropout':
      return null;
  }
}
