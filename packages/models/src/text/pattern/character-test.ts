import type { AST } from '@eslint-community/regexpp';

/** Whether a character is one of a class. */
export type CharacterTest = (code: number) => boolean;

/** The engine's own answer, asked once for each character: class by class, so what it takes is bounded by the text. */
export function characterTest(element: AST.Character | AST.CharacterClass | AST.CharacterSet): CharacterTest {
  if (element.type === 'Character') return (code) => code === element.value;
  const pattern = new RegExp(`^${element.raw}$`, 'u');
  const low = new Uint8Array(lowCodes);
  const high = new Map<number, boolean>();
  return (code) => {
    if (code < lowCodes) {
      if (low[code] === 0) low[code] = pattern.test(String.fromCodePoint(code)) ? 1 : 2;
      return low[code] === 1;
    }
    let known = high.get(code);
    if (known === undefined) {
      known = pattern.test(String.fromCodePoint(code));
      if (high.size > mostKnown) high.clear();
      high.set(code, known);
    }
    return known;
  };
}

const lowCodes = 0x300;
const mostKnown = 4096;
