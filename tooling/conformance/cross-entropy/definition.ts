import type { CrossEntropyAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

/**
 * −log softmax of each row's target, of which a share is spread over all classes; reduced. An ignored row has no loss and no gradient,
 * a target that is no class makes its row NaN.
 */
export const define: Define<CrossEntropyAttributes> = (operands, { reduction, ignoreIndex, labelSmoothing, classes }) => {
  const [logits, targets] = operands as readonly [Values, Values];
  const rows = Array.from({ length: targets.values.length }, (_, row) => {
    const own = Array.from({ length: classes }, (_, at) => logits.values[row * classes + at] as number);
    return lossOfRow(own, targets.values[row] as number, { ignoreIndex, labelSmoothing, classes });
  });
  const counted = rows.reduce((sum, { weight }) => sum + weight, 0);
  const losses = rows.map(({ loss }) => loss);
  const total = losses.reduce((sum, loss) => sum + loss, 0);
  const [shape, values] = reduction === 'none' ? [targets.shape, losses] : [[], [reduction === 'mean' ? total / counted : total]];
  return {
    outputs: [{ shape, values }],
    gradients: ([dy]) => [
      rows.flatMap(({ weight, gradient }, row) => {
        if (weight === 0) return gradient.map(() => 0); // chosen and not multiplied: logits of an ignored row may be infinite
        const share = weight * (dy?.[reduction === 'none' ? row : 0] as number);
        return gradient.map((each) => (each * share) / (reduction === 'mean' ? counted : 1));
      }),
      null,
    ],
  };
};

interface Row {
  readonly loss: number;
  /** 0 for an ignored row, NaN for a target that is no class. */
  readonly weight: number;
  readonly gradient: readonly number[];
}

function lossOfRow(
  logits: readonly number[],
  target: number,
  { ignoreIndex, labelSmoothing, classes }: Pick<CrossEntropyAttributes, 'ignoreIndex' | 'labelSmoothing' | 'classes'>,
): Row {
  const isIgnored = target === ignoreIndex;
  const isClass = target >= 0 && target < classes;
  const weight = isIgnored ? 0 : isClass ? 1 : Number.NaN;
  const highest = Math.max(...logits);
  const sum = logits.reduce((all, logit) => all + Math.exp(logit - highest), 0);
  const logSumExp = highest + Math.log(sum);
  const hit = logSumExp - (isClass ? (logits[target] as number) : Number.NaN);
  const spread = logSumExp - logits.reduce((all, logit) => all + logit, 0) / classes;
  const loss = labelSmoothing === 0 ? hit : (1 - labelSmoothing) * hit + labelSmoothing * spread;
  return {
    loss: isIgnored ? 0 : loss,
    weight,
    gradient: logits.map(
      (logit, at) => Math.exp(logit - highest) / sum - (at === target ? 1 - labelSmoothing : 0) - labelSmoothing / classes,
    ),
  };
}
