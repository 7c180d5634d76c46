/** The text as an image: its first tokens, row by row. */
export const image = { height: 8, width: 24 } as const;
export const pixels: number = image.height * image.width;

/** Swin's windows of 4 x 4, shifted by 2. */
export const window = 4;
export const shift = 2;

const [rowOf, columnOf] = [(pixel: number) => Math.floor(pixel / image.width), (pixel: number) => pixel % image.width];

/** For each pair its row of the bias table, by how far apart rows and columns are; pairs of different windows get any row. */
export const relativeRow: Int32Array = Int32Array.from({ length: pixels * pixels }, (_, pair) => {
  const [query, key] = [Math.floor(pair / pixels), pair % pixels];
  const [rows, columns] = [rowOf(query) - rowOf(key), columnOf(query) - columnOf(key)];
  const isNear = Math.abs(rows) < window && Math.abs(columns) < window;
  return isNear ? (rows + window - 1) * (2 * window - 1) + columns + window - 1 : 0;
});

/** Whether both lie in one window, the windows' edges moved by so many pixels and none reaching around the image. */
export const inOneWindow = (query: number, key: number, moved: number): boolean =>
  [rowOf, columnOf].every((place) => Math.floor((place(query) - moved) / window) === Math.floor((place(key) - moved) / window));
