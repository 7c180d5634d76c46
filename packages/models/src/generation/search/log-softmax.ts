/** The logarithm of the softmax, in nats. */
export function logSoftmax(scores: Float64Array): Float64Array {
  const most = scores.reduce((best, each) => Math.max(best, each), Number.NEGATIVE_INFINITY);
  const sum = scores.reduce((total, each) => total + Math.exp(each - most), 0);
  const normalizer = most + Math.log(sum);
  return scores.map((each) => each - normalizer);
}
