/** The cells of figures; without any, why there are none, and a dash in the place of each of the others. */
export const cells = <Figures>(
  figures: Figures | undefined,
  whyNot: string,
  width: number,
  shown: (figures: Figures) => readonly string[],
): readonly string[] => (figures === undefined ? [whyNot, ...Array<string>(width - 1).fill('–')] : shown(figures));

/** A figure in its unit; a dash where there is none. */
export const orDash = <Figure>(figure: Figure | undefined, unit: (figure: Figure) => string): string =>
  figure === undefined ? '–' : unit(figure);

/** '1.23 (1.20 to 1.26)': a ratio with its interval. */
export const ratioWithInterval = (
  { ratio, low, high }: { readonly ratio: number; readonly low: number; readonly high: number },
  unit: (value: number) => string = (value) => value.toFixed(2),
): string => `${unit(ratio)} (${unit(low)} to ${unit(high)})`;

/** What follows from figures; nothing where there are none. */
export const whereKnown = <Figures, Shown>(
  figures: Figures | undefined,
  shown: (figures: Figures) => readonly Shown[],
): readonly Shown[] => (figures === undefined ? [] : shown(figures));
