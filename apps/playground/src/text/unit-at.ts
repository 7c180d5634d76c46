/** Which of ascending boundaries a place lies in: the last one that is not after it. */
export function unitAt(boundaries: Int32Array, place: number): number {
  let [low, high] = [0, boundaries.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((boundaries[middle] as number) <= place) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}
