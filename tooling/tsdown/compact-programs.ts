import type { Rolldown } from 'tsdown';

/**
 * Takes line breaks, indentation and comments out of templates of several lines, which in a package of WGSL are its programs: nobody reads them
 * where they are built, and they are a kilobyte of the 60 that a page loads. The line breaks go behind, so that source maps stay right.
 */
export const compactPrograms: Rolldown.Plugin = {
  name: 'compact-programs',
  renderChunk(code, { fileName }) {
    return fileName.endsWith('.js') ? { code: compacted(code, this.parse(code)), map: null } : null;
  },
};

/** A text of a template, up to the next expression or the template's end. */
interface Text {
  readonly start: number;
  readonly end: number;
  readonly tail: boolean;
}

/** @param program what `code` was parsed into, as ESTree with places */
export function compacted(code: string, program: object): string {
  const texts: Text[] = [];
  visit(program, (quasis) => {
    if (quasis.some(({ start, end }) => code.slice(start, end).includes('\n'))) texts.push(...quasis);
  });
  let [made, from] = ['', 0];
  for (const { start, end, tail } of texts.sort((one, other) => one.start - other.start)) {
    const text = code.slice(start, end);
    const past = end + (tail ? '`' : '${').length;
    const short = text.replace(/ *\/\/.*/g, '').replace(/\s*\n\s*/g, ' ');
    made += code.slice(from, start) + short + code.slice(end, past) + '\n'.repeat(text.split('\n').length - 1);
    from = past;
  }
  return made + code.slice(from);
}

/** Tells of the texts between the expressions of each template. */
function visit(node: unknown, found: (quasis: readonly Text[]) => void): void {
  if (typeof node !== 'object' || node === null) return;
  const { type, quasis } = node as { readonly type?: string; readonly quasis?: readonly Text[] };
  if (type === 'TemplateLiteral' && quasis !== undefined) found(quasis);
  for (const child of Object.values(node)) visit(child, found);
}
