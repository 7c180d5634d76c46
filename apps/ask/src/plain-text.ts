/**
 * A part of a stranger's text on one line: white space as single blanks, and what would steer a terminal or turn the direction of a line shown by
 * its number, as errors do.
 */
export const plainText = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
