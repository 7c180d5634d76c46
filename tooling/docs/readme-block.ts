/** A fenced block of code that a fenced block of its output follows. */
export interface ReadmeBlock {
  readonly code: string;
  readonly output: string;
  /** How far a number of the output may be from the real one, as a share of it; 0 compares text. */
  readonly tolerance: number;
  /** The line of the README on which the code begins, from 1. */
  readonly line: number;
}

const pair = /^```(?:js|mjs|ts|javascript|typescript)[^\n]*\n((?:(?!```).*\n)*)```[ \t]*\n\s*```text([^\n]*)\n([\s\S]*?)^```/gm;

/**
 * The blocks of a README that are run: ```js or ```ts, directly followed by ```text with what it prints.
 * Behind `text` may stand `numbers within 20 %`, or `numbers vary`, for what a machine measures.
 */
export function readmeBlocks(markdown: string): readonly ReadmeBlock[] {
  return [...markdown.matchAll(pair)].map(({ index, 1: code = '', 2: mark = '', 3: output = '' }) => ({
    code,
    output,
    tolerance: toleranceOf(mark.trim()),
    line: markdown.slice(0, index).split('\n').length + 1,
  }));
}

function toleranceOf(mark: string): number {
  if (mark === '') return 0;
  if (mark === 'numbers vary') return Number.POSITIVE_INFINITY;
  const share = /^numbers within ([\d.]+) %$/.exec(mark)?.[1];
  if (share === undefined) throw new Error(`\`\`\`text ${mark}: say \`numbers within 20 %\`, or \`numbers vary\`, or nothing`);
  return Number(share) / 100;
}

const number = /\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?/g;
const words = (text: string): string =>
  text
    .trim()
    .replace(number, '#')
    .replace(/[ \t]+/g, ' ');
const numbers = (text: string): readonly number[] => (text.match(number) ?? []).map((word) => Number(word.replaceAll(',', '')));

/** Whether a block printed what its README shows. */
export function printsAsShown({ output, tolerance }: ReadmeBlock, printed: string): boolean {
  if (tolerance === 0) return printed.trim() === output.trim();
  if (words(printed) !== words(output)) return false;
  const real = numbers(printed);
  return numbers(output).every(
    (shown, at) => Math.abs(shown - (real[at] as number)) <= tolerance * Math.abs(real[at] as number) || tolerance === Infinity,
  );
}
