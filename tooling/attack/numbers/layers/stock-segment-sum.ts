import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { read, size } from '../tensors.ts';
import { F, T } from './arrays.ts';

/** unsortedSegmentSum, with segments that nothing falls into and ids beyond them. */
export async function stockSegmentSum(c: Case): Promise<void> {
  const r = c.rng;
  const rows = r.int(1, 30);
  const rest = Array.from({ length: r.int(0, 2) }, () => r.int(1, 5));
  const segs = r.int(1, 12);
  const dtype = r.pick(['float32', 'int32'] as const);
  const w = size(rest);
  const x = dtype === 'float32' ? r.normals(rows * w) : Int32Array.from({ length: rows * w }, () => r.int(-1e6, 1e6));
  const ids = Int32Array.from({ length: rows }, () => (r.chance(0.1) ? -1 : r.int(0, segs - 1)));
  c.note({ rows, rest, segs, dtype });
  const want = F(segs * w);
  for (let i = 0; i < rows; i++) for (let d = 0; d < w; d++) if (ids[i]! >= 0) want[ids[i]! * w + d]! += x[i * w + d]!;
  c.close(
    'stock unsortedSegmentSum',
    await read(tf.unsortedSegmentSum(T(x as Loose, [rows, ...rest], dtype), T(ids, [rows], 'int32') as Loose, segs)),
    want,
    dtype === 'int32' ? 0 : 1e-5,
  );
}
