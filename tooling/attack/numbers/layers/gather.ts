import * as C from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { EPS, read, size } from '../tensors.ts';
import { F, T } from './arrays.ts';

/** Rows of a table by ids, and the gradient that adds them up. */
export async function gather(c: Case): Promise<void> {
  const r = c.rng;
  const rows = r.int(1, 40);
  const width = r.int(1, 20);
  const shape = Array.from({ length: r.int(1, 3) }, () => r.int(1, 8));
  const n = size(shape);
  const paddingIndex = r.chance(0.4) ? r.int(0, rows - 1) : undefined;
  const table = r.normals(rows * width);
  const outside = r.chance(0.3);
  const ids = Int32Array.from({ length: n }, () =>
    outside && r.chance(0.2) ? r.pick([-1, rows, rows + 5, -100, 2147483647, -2147483648]) : r.int(0, rows - 1),
  );
  const g = r.normals(n * width);
  c.note({ rows, width, shape, paddingIndex, outside });
  const o = paddingIndex === undefined ? {} : { paddingIndex };
  const want = F(n * width);
  const dt = F(rows * width);
  const t = F(rows * width);
  for (let i = 0; i < n; i++)
    for (let d = 0; d < width; d++) {
      const id = ids[i]!;
      const inside = id >= 0 && id < rows;
      want[i * width + d] = inside ? table[id * width + d]! : NaN;
      if (inside && id !== paddingIndex) {
        dt[id * width + d]! += g[i * width + d]!;
        t[id * width + d]! += EPS * 8 * Math.sqrt(n) * Math.abs(g[i * width + d]!);
      }
    }
  const I = T(ids, shape, 'int32');
  c.close('gatherRows', await read(C.gatherRows(T(table, [rows, width]), I, o)), want, 0);
  const [d] = tf.grads((x: tf.Tensor) => tf.sum(tf.mul(C.gatherRows(x, I, o), T(g, [...shape, width]))) as tf.Scalar)([
    T(table, [rows, width]),
  ]);
  c.close('gatherRows: dtable', await read(d!), dt, t);
}
