/** A unit's text, on one line and no longer than that. */
export function shortened(text: string, { start, end }: { readonly start: number; readonly end: number }, most: number): string {
  const own = text
    .slice(start, Math.min(end, start + 2 * most))
    .replaceAll(/\s+/g, ' ')
    .trim();
  return own.length > most || end - start > 2 * most ? `${[...own].slice(0, most).join('')}…` : own;
}
