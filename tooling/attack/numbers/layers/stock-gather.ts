import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { read, size } from '../tensors.ts';
import { F, T } from './arrays.ts';

/** gather along any axis, its gradient, and batch dimensions. */
export async function stockGather(c: Case): Promise<void> {
  const r = c.rng;
  const shape = Array.from({ length: r.int(1, 4) }, () => r.int(1, 6));
  const axis = r.int(0, shape.length - 1);
  const batchDims = r.int(0, axis);
  const dtype = r.pick(['float32', 'int32'] as const);
  const x = dtype === 'float32' ? r.normals(size(shape)) : Int32Array.from({ length: size(shape) }, () => r.int(-1e9, 1e9));
  const ids = [...shape.slice(0, batchDims), ...Array.from({ length: r.int(batchDims === 0 ? 1 : 0, 2) }, () => r.int(1, 4))];
  if (ids.length === 0) ids.push(2);
  const id = Int32Array.from({ length: size(ids) }, () => r.int(0, shape[axis]! - 1));
  c.note({ shape, axis, batchDims, ids, dtype });
  const rest = ids.slice(batchDims);
  const outShape = [...shape.slice(0, axis), ...rest, ...shape.slice(axis + 1)];
  const bN = size(shape.slice(0, batchDims));
  const oN = size(shape.slice(batchDims, axis));
  const iN = size(shape.slice(axis + 1));
  const gN = size(rest);
  const want = F(size(outShape));
  for (let p = 0; p < bN; p++)
    for (let o = 0; o < oN; o++)
      for (let q = 0; q < gN; q++)
        for (let i = 0; i < iN; i++) want[((p * oN + o) * gN + q) * iN + i] = x[((p * oN + o) * shape[axis]! + id[p * gN + q]!) * iN + i]!;
  const y = tf.gather(T(x as Loose, shape, dtype), T(id, ids, 'int32'), axis, batchDims);
  c.close('stock gather', await read(y), want, 0);
  if (JSON.stringify(y.shape) !== JSON.stringify(outShape)) c.report('high', 'stock gather: shape', { expected: outShape, got: y.shape });
  if (dtype === 'float32' && batchDims === 0) {
    const g = r.normals(size(outShape));
    const [d] = tf.grads((z: tf.Tensor) => tf.sum(tf.mul(tf.gather(z, T(id, ids, 'int32'), axis), T(g, outShape))) as tf.Scalar)([
      T(x as Loose, shape),
    ]);
    const w = F(size(shape));
    for (let o = 0; o < oN; o++)
      for (let q = 0; q < gN; q++) for (let i = 0; i < iN; i++) w[(o * shape[axis]! + id[q]!) * iN + i]! += g[(o * gN + q) * iN + i]!;
    c.close('stock gather: dx', await read(d!), w, 1e-5);
  }
}
