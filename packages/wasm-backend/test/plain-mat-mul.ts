/** A matrix product in JavaScript numbers, written down as it is defined; shares no code with the package. */
export interface PlainProduct {
  readonly a: ArrayLike<number>;
  readonly aShape: readonly number[];
  readonly transposeA: boolean;
  readonly b: ArrayLike<number>;
  readonly bShape: readonly number[];
  readonly transposeB: boolean;
}

/** Where the element at `position` of the broadcast shape lies in a tensor of `shape`. */
export function elementAt(shape: readonly number[], position: readonly number[]): number {
  let at = 0;
  shape.forEach((extent, axis) => {
    at = at * extent + (extent === 1 ? 0 : (position[axis + position.length - shape.length] as number));
  });
  return at;
}

/** Calls `visit` with every position of a shape, in order. */
export function eachPosition(shape: readonly number[], visit: (position: readonly number[]) => void): void {
  const count = shape.reduce((product, extent) => product * extent, 1);
  for (let at = 0; at < count; at++) {
    let rest = at;
    const position = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis] = rest % (shape[axis] as number);
      rest = Math.floor(rest / (shape[axis] as number));
    }
    visit(position);
  }
}

export function plainMatMul({ a, aShape, transposeA, b, bShape, transposeB }: PlainProduct): { values: number[]; shape: number[] } {
  const [rows, depth] = (transposeA ? [aShape.at(-1), aShape.at(-2)] : [aShape.at(-2), aShape.at(-1)]) as [number, number];
  const columns = (transposeB ? bShape.at(-2) : bShape.at(-1)) as number;
  const rank = Math.max(aShape.length, bShape.length);
  const extent = (shape: readonly number[], axis: number): number => shape[shape.length - rank + axis] ?? 1;
  const batch = Array.from({ length: rank - 2 }, (_, axis) => (extent(aShape, axis) === 1 ? extent(bShape, axis) : extent(aShape, axis)));
  const shape = [...batch, rows, columns];
  const values: number[] = [];
  eachPosition(shape, (position) => {
    const [row, column] = position.slice(-2) as [number, number];
    const outer = position.slice(0, -2);
    let sum = 0;
    for (let at = 0; at < depth; at++) {
      const aAt = elementAt(aShape, [...outer, ...(transposeA ? [at, row] : [row, at])]);
      const bAt = elementAt(bShape, [...outer, ...(transposeB ? [column, at] : [at, column])]);
      sum += (a[aAt] as number) * (b[bAt] as number);
    }
    values.push(sum);
  });
  return { values, shape };
}

/** What tfjs's activations are, by its names. */
export const plainActivations: Readonly<Record<string, (x: number, slope: number) => number>> = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  prelu: (x, slope) => (x < 0 ? x * slope : x),
  leakyrelu: (x, slope) => (x < 0 ? x * slope : x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  elu: (x) => (x < 0 ? Math.expm1(x) : x),
};
