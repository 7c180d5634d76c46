import { unboundRows } from '../../encode/row-parts.ts';

export interface LinearSizes {
  readonly rows: number;
  readonly width: number;
  readonly out: number;
  readonly weightBytes: number;
}

/** Why the device is too small for a linear map, as a sentence without a full stop; null where it is not. Rows are bound in parts, weights whole. */
export function unsupported(
  limits: Pick<GPUSupportedLimits, 'maxStorageBufferBindingSize'>,
  { rows, width, out, weightBytes }: LinearSizes,
): string | null {
  const { maxStorageBufferBindingSize: most } = limits;
  if (weightBytes > most) return `its weight has ${weightBytes} bytes, and the device binds ${most}`;
  return unboundRows(limits, rows, 4 * Math.max(width, out));
}
