/** As wide as a chart may be, and no wider than a phone: letters are drawn at their size. */
export const chartWidth = (most: number): number => Math.max(270, Math.min(most, innerWidth - 78));
