/** What the operands of products are kept as on their way through workgroup memory; sums are float32 in any case. */
export type Precision = 'float32' | 'float16';

const precisions = new WeakMap<GPUDevice, Precision>();

export const precisionOf = (device: GPUDevice): Precision => precisions.get(device) ?? 'float32';

/** @returns puts back what was there before */
export function setPrecision(device: GPUDevice, precision: Precision): () => void {
  const before = precisionOf(device);
  precisions.set(device, precision);
  return () => void precisions.set(device, before);
}
