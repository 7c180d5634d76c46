import cliTruncate from 'cli-truncate';
import wrapAnsi from 'wrap-ansi';

/** Breaks a text between words into lines of so many columns; where there are more than so many lines, … stands for the rest. */
export function wrapped(text: string, { width, lines }: { readonly width: number; readonly lines: number }): readonly string[] {
  const made = wrapAnsi(text, width, { hard: true }).split('\n');
  const [last, next] = made.slice(lines - 1);
  return next === undefined ? made : [...made.slice(0, lines - 1), cliTruncate(`${last} ${next}`, width, { space: true })];
}
