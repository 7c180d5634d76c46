/** The largest file that is read, bytes: a whole shelf of books. */
const mostBytes = 64 * 2 ** 20;

/** A pasted text, if a file may be as long. */
export function notTooLong(text: string): string {
  if (text.length > mostBytes) {
    throw new Error(`A text may have at most ${mostBytes / 2 ** 20} million characters here. Paste a part of it.`);
  }
  return text;
}

/** How much of a file is looked at to see whether it is text. */
const looked = 65_536;

/**
 * Reads a file that a person has dropped or chosen, as UTF-8.
 * @throws Error, in words for that person, where it is too large, or no text
 */
export async function readFile(file: File): Promise<string> {
  if (file.size > mostBytes) {
    throw new Error(
      `A text may have at most ${mostBytes / 2 ** 20} MB here; “${file.name}” has ${(file.size / 2 ** 20).toFixed(0)} MB. Cut a part out of it, and load that.`,
    );
  }
  if (file.size === 0) throw new Error(`“${file.name}” is empty.`);
  const begin = new Uint8Array(await file.slice(0, looked).arrayBuffer());
  if (begin.includes(0)) throw new Error(`“${file.name}” is no text: it has bytes that no text has. Plain text in UTF-8 is read here.`);
  const text = await file.text();
  // What is no UTF-8 comes out of the decoder as U+FFFD.
  const broken = text.slice(0, looked).split('�').length - 1;
  if (broken > Math.min(text.length, looked) / 100) {
    throw new Error(`“${file.name}” is no text in UTF-8. Save it in UTF-8 in the program that wrote it, and load it again.`);
  }
  return text;
}
