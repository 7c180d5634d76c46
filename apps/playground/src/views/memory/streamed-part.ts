/** Of a longer text the beginning, which is often a list of chapters, is passed over where nobody has chosen a place. */
const long = 100_000;
const passedOver = 0.03;

/** Where the streamed part begins: at the chosen place, or else at one that the text's length suggests, and there where a word begins. */
export function placeIn(text: string, chosen: number): number {
  if (chosen === 0 && text.length <= long) return 0;
  const near = Math.min(chosen === 0 ? Math.floor(text.length * passedOver) : chosen - 1, Math.max(0, text.length - 1));
  const next = near === 0 ? 0 : text.slice(near - 1, near + 200).search(/\s\S/);
  return next < 0 ? near : near === 0 ? 0 : near + next;
}

/** So many bytes from there on, whole characters. */
export function streamedPart(text: string, from: number, most: number): Uint8Array {
  const all = new TextEncoder().encode(text.slice(from, from + most));
  let end = Math.min(all.length, most);
  while (end < all.length && end > 0 && ((all[end] as number) & 0xc0) === 0x80) end--;
  return all.slice(0, end);
}
