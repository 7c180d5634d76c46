import type { AST } from '@eslint-community/regexpp';

/**
 * Whether the engine's own matcher takes no longer than in proportion to the text, whatever the text: where nothing that can fail comes after a
 * part of any length. What was taken is then what was matched, or a bounded number of characters. Two ways of the published tokenizers to take blanks
 * fail after such a part, and are let through where the ways that come right after them take the same blanks.
 */
export function isPlain({ alternatives }: AST.Pattern): boolean {
  const ways = alternatives.map(({ raw }) => raw);
  const isHelped = (at: number): boolean => blankWays.includes(ways[at] ?? '') && (ways[at + 1] === blanks || isHelped(at + 1));
  return alternatives.every((each, at) => isHelped(at) || isPlainWay(each.elements));
}

const blanks = '\\p{White_Space}+';
const blankWays = ['\\p{White_Space}*[\\r\\n]+', '\\p{White_Space}*[\\r\\n]', '\\p{White_Space}+(?!\\P{White_Space})'];

/** Parts of several lengths that something which can fail may come after, each of at most so many characters: 4 · 4 ways to go back. */
const [mostVariable, mostVaried] = [2, 3];

function isPlainWay(elements: readonly AST.Element[]): boolean {
  let [variable, isOpen] = [0, false];
  for (const element of elements) {
    const { body, min, max } =
      element.type === 'Quantifier' ? { body: element.element, min: element.min, max: element.max } : { body: element, min: 1, max: 1 };
    if (!isFixed(body) || (isGroup(body) && max > mostVaried)) return false;
    if (min > 0 && (isOpen || variable > mostVariable)) return false;
    if (min > mostFixed) return false;
    if (max - min > mostVaried) isOpen = true;
    else if (min !== max) variable += 1;
  }
  return true;
}

/** Characters that a part of a fixed length may have. */
const mostFixed = 100;

type Body = AST.Element | AST.QuantifiableElement;

const isGroup = ({ type }: Body): boolean => type === 'Group' || type === 'CapturingGroup';

/** A character, or one of a few texts. */
function isFixed(body: Body): boolean {
  if (body.type === 'Character' || body.type === 'CharacterClass' || body.type === 'CharacterSet') return true;
  if (body.type !== 'Group' && body.type !== 'CapturingGroup') return false;
  return body.alternatives.every(({ elements }) => elements.every((each) => !isGroup(each) && isFixed(each)));
}
