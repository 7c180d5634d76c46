/** GPT-2's letters for bytes: printable ones stand for themselves, the others for letters from U+0100 on. */
export const byteCharacters: readonly string[] = (() => {
  const isPrintable = (byte: number): boolean => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    if (isPrintable(byte)) return String.fromCharCode(byte);
    next += 1;
    return String.fromCharCode(next - 1);
  });
})();

/** The bytes of one character in those letters. */
export function bytesOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const letter = (byte: number): string => byteCharacters[byte] ?? '';
  if (code < 0x80) return letter(code);
  const tail = (shift: number): string => letter(0x80 | ((code >> shift) & 0x3f));
  if (code < 0x800) return letter(0xc0 | (code >> 6)) + tail(0);
  if (code < 0x10000) return letter(0xe0 | (code >> 12)) + tail(6) + tail(0);
  return letter(0xf0 | (code >> 18)) + tail(12) + tail(6) + tail(0);
}
