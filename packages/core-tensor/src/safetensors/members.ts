/**
 * Splits the text of a JSON object into its members, whose values stay text: so that a name that stands there twice is found,
 * which JSON.parse drops, and so that a large header fails at its first wrong member. A value's text is checked by
 * whoever parses it.
 * @throws SyntaxError where the text is not an object, or one of its names not a JSON string
 */
export function* members(text: string): Generator<readonly [name: string, value: string]> {
  let at = skipSpace(text, 0);
  at = skipSpace(text, expectAt(text, at, '{'));
  if (text[at] === '}') return expectEnd(text, at + 1);
  for (;;) {
    const nameEnd = stringEnd(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skipSpace(text, expectAt(text, skipSpace(text, nameEnd), ':'));
    at = valueEnd(text, start);
    yield [name, text.slice(start, at)];
    if (text[at] === '}') return expectEnd(text, at + 1);
    at = skipSpace(text, expectAt(text, at, ','));
  }
}

function expectAt(text: string, at: number, wanted: string): number {
  if (text[at] === wanted) return at + 1;
  throw new SyntaxError(`${at < text.length ? `${JSON.stringify(text[at])} at character ${at}` : 'the end'} where ${wanted} was expected`);
}

function expectEnd(text: string, at: number): void {
  const end = skipSpace(text, at);
  if (end < text.length) throw new SyntaxError(`${JSON.stringify(text[end])} at character ${end}, after the end of the object`);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text[at] as string)) at++;
  return at;
}

/** The index after the closing quotation mark. */
function stringEnd(text: string, from: number): number {
  let at = expectAt(text, from, '"');
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return expectAt(text, at, '"');
}

/** The index of the comma or brace that ends a member's value. */
function valueEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        at = stringEnd(text, at) - 1;
        break;
      case '[':
      case '{':
        depth++;
        break;
      case ',':
        if (depth === 0) return at;
        break;
      case ']':
      case '}':
        if (depth === 0) return at;
        depth--;
    }
  }
  return text.length;
}
