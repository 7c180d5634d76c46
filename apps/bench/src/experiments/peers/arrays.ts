/** Float32 arrays with their shapes, by name. */
export type Arrays = Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>>;

export function valuesOf(arrays: Arrays, name: string): Float32Array {
  const found = arrays[name];
  if (found === undefined) throw new Error(`there is no "${name}" among ${Object.keys(arrays).join(', ')}`);
  return found.values;
}

/** Across libraries: other orders of summation, other exponentials. */
const tolerance = 5e-4;

/**
 * Holds a peer's answers against ours, name by name.
 * @param vanishing names whose numbers are 0 but for rounding: compared with 1, as they have no size of their own
 * @returns the largest difference, as a share of the number's size, or of the root mean square of all where that is larger
 * @throws Error where a number is off by more than rounding can explain, or is none
 */
export function compareArrays(got: Arrays, expected: Arrays, vanishing: readonly string[] = []): number {
  let worst = 0;
  for (const name of Object.keys(expected)) {
    const [theirs, ours] = [valuesOf(got, name), valuesOf(expected, name)];
    if (theirs.length !== ours.length) throw new Error(`wrong answer: ${name} has ${theirs.length} numbers, ours ${ours.length}`);
    const size = vanishing.includes(name) ? 1 : Math.sqrt(ours.reduce((sum, value) => sum + value ** 2, 0) / ours.length);
    for (let at = 0; at < ours.length; at++) {
      const [value, other] = [ours[at] as number, theirs[at] as number];
      const error = Math.abs(other - value) / Math.max(size, Math.abs(value));
      if (!(error <= tolerance)) throw new Error(`wrong answer: number ${at} of ${name} is ${other}, ours ${value}`);
      worst = Math.max(worst, error);
    }
  }
  return worst;
}
