/** Sub-tiles along x, sequences along y, slices of wide results along z; sub-tiles go on along z where x is too short for them. */
export function gridOfTiles(
  { maxComputeWorkgroupsPerDimension: most }: Pick<GPUSupportedLimits, 'maxComputeWorkgroupsPerDimension'>,
  subTiles: number,
  sequences: number,
  slices: number,
): readonly [number, number, number] {
  const x = Math.min(subTiles, most);
  return [x, sequences, slices * Math.ceil(subTiles / x)];
}
