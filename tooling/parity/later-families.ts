/**
 * Families of the format whose implementation comes with a later package or entry, or from weights that are not here: they are counted apart,
 * by name. A trailing `*` stands for any ending; a family that is replayed never gets here.
 */
const later: Readonly<Record<string, readonly string[]>> = {
  '@longspan/models/text': ['checkpoint.*'],
  'pnpm check:real, which fetches weights': ['real.*'],
};

const matches = (pattern: string, family: string): boolean =>
  pattern.endsWith('*') ? family.startsWith(pattern.slice(0, -1)) : family === pattern;

/** The package that will bring a family; nothing where nobody has heard of it. Exact names come before patterns. */
export function laterPackage(family: string): string | undefined {
  const entries = Object.entries(later);
  const named = entries.find(([, families]) => families.includes(family));
  return (named ?? entries.find(([, families]) => families.some((pattern) => matches(pattern, family))))?.[0];
}
