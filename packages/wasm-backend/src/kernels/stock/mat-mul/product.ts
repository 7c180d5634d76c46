import { broadcast_util, util } from '@tensorflow/tfjs-core';

export interface Operand {
  readonly shape: readonly number[];
  readonly transposed: boolean;
}

/** A batch of matrix products, of any broadcast: out [batch, rows, columns] = a [rows, depth] · b [depth, columns] each. */
export interface Product {
  readonly outBatch: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** In elements, from one to the next along that axis; a transpose exchanges the two. */
  readonly aRowStep: number;
  readonly aDepthStep: number;
  readonly bDepthStep: number;
  readonly bColumnStep: number;
  /** Where each product's a and b begin, in elements. */
  readonly aOffsets: readonly number[];
  readonly bOffsets: readonly number[];
}

/** The product of two tensors of rank 2 or more, as tfjs's matMul understands them. */
export function productOf(a: Operand, b: Operand): Product {
  const [aBatch, [aFirst, aSecond]] = parts(a.shape);
  const [bBatch, [bFirst, bSecond]] = parts(b.shape);
  const [rows, aDepth] = a.transposed ? [aSecond, aFirst] : [aFirst, aSecond];
  const [bDepth, columns] = b.transposed ? [bSecond, bFirst] : [bFirst, bSecond];
  util.assert(
    aDepth === bDepth,
    () =>
      `Error in matMul: inner shapes (${aDepth}) and (${bDepth}) of Tensors with shapes ${a.shape} and ${b.shape} ` +
      `and transposeA=${a.transposed} and transposeB=${b.transposed} must match.`,
  );
  const outBatch = broadcast_util.assertAndGetBroadcastShape([...aBatch], [...bBatch]);
  return {
    outBatch,
    rows,
    columns,
    depth: aDepth,
    aRowStep: a.transposed ? 1 : aSecond,
    aDepthStep: a.transposed ? aSecond : 1,
    bDepthStep: b.transposed ? 1 : bSecond,
    bColumnStep: b.transposed ? bSecond : 1,
    aOffsets: broadcastOffsets(aBatch, outBatch, aFirst * aSecond),
    bOffsets: broadcastOffsets(bBatch, outBatch, bFirst * bSecond),
  };
}

const parts = (shape: readonly number[]): readonly [readonly number[], readonly [number, number]] => [
  shape.slice(0, -2),
  shape.slice(-2) as [number, number],
];

/** The shape of out. */
export const outShapeOf = ({ outBatch, rows, columns }: Product): number[] => [...outBatch, rows, columns];

/** For each position of the broadcast shape, in order, where the operand's part begins: `size` elements each. */
export function broadcastOffsets(shape: readonly number[], broadcast: readonly number[], size: number): number[] {
  let offsets = [0];
  let step = size;
  const missing = broadcast.length - shape.length;
  for (let axis = broadcast.length - 1; axis >= 0; axis--) {
    const extent = shape[axis - missing] ?? 1;
    const axisStep = extent === 1 ? 0 : step;
    offsets = Array.from({ length: broadcast[axis] as number }, (_, at) => offsets.map((offset) => offset + at * axisStep)).flat();
    step *= extent;
  }
  return offsets;
}
