import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { type CharacterTest, characterTest } from './character-test.ts';

/** A step of a program: what is tried next, by number. */
export type Step =
  | { readonly kind: 'character'; readonly test: CharacterTest; readonly isBackward: boolean; readonly next: number }
  | { readonly kind: 'either'; readonly first: number; readonly second: number }
  /** Whether what begins at `inner` fits here; nothing is taken by it. */
  | { readonly kind: 'look'; readonly inner: number; readonly isNegated: boolean; readonly next: number }
  | { readonly kind: 'end' };

export interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
  /** Steps below that number are of what is looked for beside the match. */
  readonly looked: number;
}

/** How many steps a pattern may have, its counts written out: those of published tokenizers have fewer than 100. */
export const mostSteps = 1000;

export const parsePattern = (source: string): AST.Pattern =>
  new RegExpParser({ ecmaVersion: 2024 }).parsePattern(source, 0, source.length, { unicode: true });

/** What a pattern has that no program can do, in words; thrown by `programOf`. */
export class UnsupportedPattern extends Error {}

/**
 * The program of a regular expression (flag u): each step knows what comes after it, so that from a step and a place in the text follows all that
 * can still happen. Counts are written out.
 * @throws UnsupportedPattern for references to groups, and for more steps than a program may have
 * @cost O(steps)
 */
export function programOf(pattern: AST.Pattern): Program {
  const steps: Step[] = [];
  const tests = new Map<string, CharacterTest>();
  const put = (step: Step): number => {
    if (steps.length >= mostSteps) throw new UnsupportedPattern(`more than ${mostSteps} steps, with its counts written out`);
    return steps.push(step) - 1;
  };
  const testOf = (element: AST.Character | AST.CharacterClass | AST.CharacterSet): CharacterTest => {
    const known = tests.get(element.raw) ?? characterTest(element);
    tests.set(element.raw, known);
    return known;
  };

  const anyOf = (alternatives: readonly AST.Alternative[], next: number, isBackward: boolean): number =>
    alternatives
      .map((each) => inTurn(each.elements, next, isBackward))
      .reduceRight((second, first) => put({ kind: 'either', first, second }));

  /** Made from the last one on: each needs the number of what comes after. */
  const inTurn = (elements: readonly AST.Element[], next: number, isBackward: boolean): number =>
    (isBackward ? elements : [...elements].reverse()).reduce((after, each) => one(each, after, isBackward), next);

  const one = (element: AST.Element, next: number, isBackward: boolean): number => {
    switch (element.type) {
      case 'Character':
      case 'CharacterClass':
      case 'CharacterSet':
        return put({ kind: 'character', test: testOf(element), isBackward, next });
      case 'Group':
      case 'CapturingGroup':
        return anyOf(element.alternatives, next, isBackward);
      case 'Quantifier':
        return repeated(element, next, isBackward);
      case 'Assertion':
        if (element.kind !== 'lookahead' && element.kind !== 'lookbehind') break;
        return put({ kind: 'look', inner: inners.get(element) ?? 0, isNegated: element.negate, next });
      default:
    }
    throw new UnsupportedPattern(`${element.raw}, which refers to what was matched`);
  };

  const repeated = ({ element, min, max, greedy }: AST.Quantifier, next: number, isBackward: boolean): number => {
    const either = (body: number, after: number): Step => ({
      kind: 'either',
      ...(greedy ? { first: body, second: after } : { first: after, second: body }),
    });
    let at = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop = put({ kind: 'end' }); // its place, for the body leads back to it
      steps[loop] = either(one(element, loop, isBackward), next);
      at = loop;
    } else {
      for (let count = min; count < max; count += 1) at = put(either(one(element, at, isBackward), next));
    }
    for (let count = 0; count < min; count += 1) at = one(element, at, isBackward);
    return at;
  };

  // What is looked at comes first, the innermost before what holds it: its steps are told from those of the match by their numbers.
  const inners = new Map<AST.Element, number>();
  const looks = (element: AST.Element): void => {
    if (element.type === 'Quantifier') looks(element.element);
    if (!('alternatives' in element)) return;
    for (const { elements } of element.alternatives) for (const each of elements) looks(each);
    if (element.type === 'Assertion') inners.set(element, anyOf(element.alternatives, put({ kind: 'end' }), element.kind === 'lookbehind'));
  };
  for (const { elements } of pattern.alternatives) for (const each of elements) looks(each);
  const looked = steps.length;
  return { start: anyOf(pattern.alternatives, put({ kind: 'end' }), false), steps, looked };
}
