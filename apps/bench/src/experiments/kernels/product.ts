import type { Instructions } from '@longspan/wasm-backend';

/** One matrix product: `batch` times [m, k] x [k, n], each side stored transposed or not. */
export interface Product {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export interface ProductInput extends Product {
  readonly kind: 'product';
  readonly seed: number;
  readonly rounds: number;
  readonly turnSeconds: number;
  readonly instructions?: Instructions;
}
