/** The losses of a row of logits, and their slopes in its place: what a classifier should have said is known. */
export interface LogisticLoss {
  /** Nats, in sum over all vectors. */
  readonly loss: number;
  /** float32 [rows, n], as the logits. */
  readonly slopes: Float32Array;
}

/** Two classes by one row of logits: the larger, the likelier class 1. */
export function binaryLoss(logits: ArrayLike<number>, labels: readonly number[]): LogisticLoss {
  const slopes = new Float32Array(labels.length);
  let loss = 0;
  for (const [at, label] of labels.entries()) {
    const logit = logits[at] as number;
    const margin = label === 1 ? logit : -logit;
    // log(1 + exp(−margin)), which overflows on neither side.
    loss += Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
    slopes[at] = 1 / (1 + Math.exp(-logit)) - label;
  }
  return { loss, slopes };
}

/** Several classes, each by a row of logits. */
export function softmaxLoss(logits: ArrayLike<number>, labels: readonly number[], classes: number): LogisticLoss {
  const count = labels.length;
  const slopes = new Float32Array(classes * count);
  let loss = 0;
  for (const [at, label] of labels.entries()) {
    let most = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < classes; row++) most = Math.max(most, logits[row * count + at] as number);
    let sum = 0;
    for (let row = 0; row < classes; row++) sum += Math.exp((logits[row * count + at] as number) - most);
    loss += Math.log(sum) + most - (logits[label * count + at] as number);
    for (let row = 0; row < classes; row++) {
      slopes[row * count + at] = Math.exp((logits[row * count + at] as number) - most) / sum - Number(row === label);
    }
  }
  return { loss, slopes };
}
