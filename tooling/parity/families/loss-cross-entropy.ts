import { crossEntropy } from '@longspan/core-tensor';
import type { Family } from '../replay.ts';
import { oneWay } from './way.ts';

/** torch's cross_entropy, with its ignored index and label smoothing. */
export const lossCrossEntropy: Family = ({ config }) => {
  const reduction = config.oneOf('reduction', ['mean', 'sum', 'none']);
  const ignoreIndex = config.optionalNumber('ignore_index') ?? -100;
  const labelSmoothing = config.optionalNumber('label_smoothing') ?? 0;
  const ways = oneWay((inputs) => ({
    loss: crossEntropy(inputs.get('in.logits'), inputs.get('in.targets'), { reduction, ignoreIndex, labelSmoothing }),
  }));
  return { ways };
};
