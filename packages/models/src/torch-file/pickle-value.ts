import type { SafetensorsDtype } from '@longspan/core-tensor';

/** Numbers of a file, which tensors are views of. */
export interface Storage {
  readonly kind: 'storage';
  /** The name of its member. */
  readonly key: string;
  /** Undefined where the tensors say it: then its size is counted in bytes. */
  readonly dtype: SafetensorsDtype | undefined;
  /** Elements, or bytes without a dtype. */
  readonly size: number;
}

/** A tensor that a pickle describes. Offset and strides count elements. */
export interface TorchTensor {
  readonly kind: 'tensor';
  readonly dtype: SafetensorsDtype;
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export interface PickledRecord {
  readonly kind: 'record';
  readonly entries: Map<string, PickleValue>;
}

/** All that a pickle can make here. */
export type PickleValue =
  | string
  | number
  | boolean
  | null
  | Storage
  | TorchTensor
  | PickledRecord
  | { readonly kind: 'tuple'; readonly items: readonly PickleValue[]; readonly depth: number }
  /** What stands in a list is dropped: nothing that is read stands in one. */
  | { readonly kind: 'list' }
  | { readonly kind: 'global'; readonly name: string };

export const kindOf = (value: PickleValue | undefined): string =>
  value === undefined ? 'nothing' : value === null ? 'None' : typeof value === 'object' ? `a ${value.kind}` : `a ${typeof value}`;

export const isTuple = (value: PickleValue | undefined): value is Extract<PickleValue, { readonly kind: 'tuple' }> =>
  typeof value === 'object' && value !== null && value.kind === 'tuple';
export const isTensor = (value: PickleValue | undefined): value is TorchTensor =>
  typeof value === 'object' && value !== null && value.kind === 'tensor';
export const isRecordOfPickle = (value: PickleValue | undefined): value is PickledRecord =>
  typeof value === 'object' && value !== null && value.kind === 'record';
