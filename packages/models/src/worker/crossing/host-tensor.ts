import { isRecord, requireIntegers, ShapeError, typeName } from '@longspan/core-tensor/error';

/** A tensor's numbers outside of tfjs: what crosses to a worker and back. */
export interface HostTensor {
  readonly shape: readonly number[];
  /** Row by row; what was true or false is 0 and 1. */
  readonly values: Float32Array | Int32Array | Uint8Array;
}

const dtypes = { Float32Array: 'float32', Int32Array: 'int32', Uint8Array: 'bool' } as const;

/** As tfjs calls it. */
export const dtypeOf = ({ values }: HostTensor): 'float32' | 'int32' | 'bool' => dtypes[typeName(values) as keyof typeof dtypes];

export const isHostTensor = (value: unknown): value is HostTensor =>
  isRecord(value) && Array.isArray(value['shape']) && Object.hasOwn(dtypes, typeName(value['values']));

/** Rows of integers as one tensor. @throws ShapeError where they are not of one length, ConfigError for what is no integer */
export function hostRows(caller: string, name: string, rows: readonly ArrayLike<number>[]): HostTensor {
  const length = rows[0]?.length ?? 0;
  const values = new Int32Array(rows.length * length);
  for (const [at, row] of rows.entries()) {
    if (row.length !== length) {
      throw new ShapeError({
        caller,
        problem: `all rows of ${name} must have the same length.`,
        expected: `${length}  (set by row 0)`,
        got: `${row.length} (row ${at})`,
        remedy: 'fill shorter rows up, and mark what fills them with 0 in { padding }.',
      });
    }
    values.set(requireIntegers(caller, `${name}[${at}]`, row), at * length);
  }
  return { shape: [rows.length, length], values };
}
