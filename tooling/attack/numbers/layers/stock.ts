import type { Case } from '../case.ts';
import { stockEinsum } from './stock-einsum.ts';
import { stockElementwise } from './stock-elementwise.ts';
import { stockGather } from './stock-gather.ts';
import { stockMatMul } from './stock-mat-mul.ts';
import { stockSegmentSum } from './stock-segment-sum.ts';
import { stockShapes } from './stock-shapes.ts';
import { stockSum } from './stock-sum.ts';

/** tfjs's own operations where wasm-backend's kernels have taken them over. */
export async function stock(c: Case): Promise<void> {
  if (c.backend !== 'longspan') return;
  const r = c.rng;
  const kind = r.pick(['matmul', 'matmul', 'fused', 'gather', 'segment', 'einsum', 'einsum', 'elementwise', 'shape', 'sum']);
  c.note({ kind });
  if (kind === 'matmul' || kind === 'fused') await stockMatMul(c, kind);
  else if (kind === 'gather') await stockGather(c);
  else if (kind === 'segment') await stockSegmentSum(c);
  else if (kind === 'einsum') await stockEinsum(c);
  else if (kind === 'elementwise') await stockElementwise(c);
  else if (kind === 'sum') await stockSum(c);
  else await stockShapes(c);
}
