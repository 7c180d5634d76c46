import * as C from '@longspan/core-tensor';
import type * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../random.ts';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';

/** A layer that was drawn, and what must hold of it. */
export interface Made {
  name: string;
  layer: Loose;
  width: number;
  B: number;
  n: number;
  context?: (rows: number[] | undefined) => Loose; // for those batch rows; all when undefined
  padded?: (b: number, i: number) => boolean;
  zeroPadded?: boolean;
  causal?: boolean;
  input?: 'ids';
  vocabulary?: number;
  out?: (y: Loose) => tf.Tensor;
  decodes?: boolean;
  choice?: boolean;
  smooth?: boolean;
  perRowState?: boolean;
  outLength?: number;
  batchMatters?: boolean;
  large?: boolean;
}

export const hiddenOf = (y: Loose): tf.Tensor => y.hidden ?? y;

export function paddingOf(
  r: Random,
  B: number,
  n: number,
  form: 'any' | 'end' | 'none',
): { rows: number[][]; padding: (rows?: number[]) => Loose } | undefined {
  if (form === 'none') return undefined;
  const rows = Array.from({ length: B }, () => {
    if (form === 'end' || r.chance()) {
      const len = r.int(1, n);
      return Array.from({ length: n }, (_, i) => +(i < len));
    }
    if (r.chance()) {
      const from = r.int(0, n - 1);
      return Array.from({ length: n }, (_, i) => +(i >= from));
    }
    const x = Array.from({ length: n }, () => +r.chance(0.7));
    if (!x.includes(1)) x[r.int(0, n - 1)] = 1;
    return x;
  });
  return { rows, padding: (which) => C.padding(which ? which.map((b) => rows[b]!) : rows) };
}

/** What is drawn for every kind of layer. */
export interface Drawn {
  readonly c: Case;
  readonly r: Random;
  readonly B: number;
  readonly heads: number;
  readonly headDim: number;
  readonly width: number;
  readonly n: number;
  readonly key: C.Key;
  readonly kind: string;
  readonly blockSize: number | undefined;
  readonly bs: { readonly blockSize?: number };
  readonly pad: ReturnType<typeof paddingOf>;
  readonly padded: ((b: number, i: number) => boolean) | undefined;
  readonly context: ((rows?: number[]) => Loose) | undefined;
  readonly opt: (o: Loose) => Loose;
  readonly note: (o: Loose) => void;
}
