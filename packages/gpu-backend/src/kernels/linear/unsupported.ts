import { unboundRows } from '../../encode/row-parts.ts';

export interface LinearSizes {
  readonly rows: number;
  readonly width: number;
  readonly out: number;
  /** Bytes of a row of the weight. */
  readonly weightRow: number;
}

/** Why the device is too small for a linear map, as a sentence without a full stop; null where it is not: rows are bound in parts. */
export function unsupported(
  limits: Pick<GPUSupportedLimits, 'maxStorageBufferBindingSize'>,
  { rows, width, out, weightRow }: LinearSizes,
): string | null {
  return unboundRows(limits, out, weightRow) ?? unboundRows(limits, rows, 4 * Math.max(width, out));
}
