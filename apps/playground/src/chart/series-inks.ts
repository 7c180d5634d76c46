/** Colours of series, as the page's `--mark-1` … `--mark-6`: charts that are taken away cannot read those. */
const [light, dark] = [
  ['#17324d', '#b4530a', '#1f7a4d', '#7a3e9d', '#a12b62', '#5b6b00'],
  ['#9cc9f5', '#ffb454', '#6fd3a0', '#d3a4f0', '#ff9cc7', '#cadb5a'],
];

export const seriesInk = (at: number, isDark: boolean): string => {
  const inks = isDark ? dark : light;
  return inks[at % inks.length] as string;
};
