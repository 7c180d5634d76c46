/** Whether a tensor's elements stand one after the other in its storage; an axis of one element takes no step. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    if (size !== 1 && strides[axis] !== step) return false;
    step *= size;
  }
  return true;
}

/** How many elements a tensor reaches over, from its first to its last; 0 where it has none. */
export const reachOf = (shape: readonly number[], strides: readonly number[]): number =>
  shape.includes(0) ? 0 : 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] as number), 0);

/**
 * The elements of a strided view, one after the other.
 * @param bytes from the view's first element on
 * @param width bytes of an element: 1, 2, 4 or 8
 */
export function gather(bytes: Uint8Array, width: number, shape: readonly number[], strides: readonly number[]): Uint8Array {
  const elements = shape.reduce((product, size) => product * size, 1);
  const made = new Uint8Array(elements * width);
  const size = shape.at(-1) ?? 1;
  const step = strides.at(-1) ?? 1;
  const place = shape.slice(0, -1).map(() => 0);
  let from = 0;
  for (let to = 0; to < elements; ) {
    for (let index = 0; index < size; index++, to++) {
      const begin = (from + index * step) * width;
      for (let byte = 0; byte < width; byte++) made[to * width + byte] = bytes[begin + byte] as number;
    }
    for (let axis = place.length - 1; axis >= 0; axis--) {
      const next = (place[axis] as number) + 1;
      const stride = strides[axis] as number;
      if (next < (shape[axis] as number)) {
        place[axis] = next;
        from += stride;
        break;
      }
      place[axis] = 0;
      from -= (next - 1) * stride;
    }
  }
  return made;
}
