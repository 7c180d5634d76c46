import type { Key } from '@longspan/core-tensor';

/** Which attention weights to drop: the key draws them. */
export interface Dropout {
  readonly key: Key;
  readonly rate: number;
}
