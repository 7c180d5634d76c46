import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/javascript';
import type { Mask } from '@longspan/attention-sparse/mask';
import { nearestNames } from '@longspan/core-tensor/error';
import { methods, type Word, words } from './vocabulary.ts';

/** What is wrong with an expression, and where. */
export interface Mistake {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

/** What an expression says, or where it is no mask. */
export type Read = { readonly mask: Mask; readonly parts: readonly Part[] } | { readonly problem: Mistake };

/** A mask within the expression, and where it stands there. */
export interface Part {
  readonly mask: Mask;
  readonly from: number;
  readonly to: number;
}

const mostLetters = 20_000;
const mostNodes = 20_000;
const mostLevels = 100;

/** The parser's time is quadratic in signs that follow each other. */
const signs = /(?:[-+!~]\s*){101}/;

class Problem extends Error {
  constructor(
    message: string,
    readonly from: number,
    readonly to: number,
  ) {
    super(message);
  }
}

/**
 * Reads an expression of masks, written as the code that makes them. It is parsed, and only functions of the vocabulary are called, with
 * numbers, texts, lists and records: nothing that a stranger's link says is ever run as code.
 */
export function readExpression(text: string): Read {
  try {
    if (text.length > mostLetters)
      throw new Problem(`An expression may have at most ${mostLetters.toLocaleString('en')} letters.`, 0, mostLetters);
    if (signs.test(text)) throw new Problem('No more than a hundred signs may follow each other.', 0, text.length);
    if (text.trim() === '') throw new Problem('Write a mask here, such as causal().', 0, text.length);
    const parts: Part[] = [];
    const reader = { text, parts, nodes: 0 };
    const value = readNode(reader, expressionOf(text), 0);
    if (!isMask(value)) throw new Problem('The whole expression must be a mask.', 0, text.length);
    return { mask: value, parts };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { message, from, to } = error;
    return { problem: { message, from, to: Math.max(to, Math.min(from + 1, text.length)) } };
  }
}

interface Reader {
  readonly text: string;
  readonly parts: Part[];
  nodes: number;
}

/** The one expression that the text is, without what JavaScript would let follow it. */
function expressionOf(text: string): SyntaxNode {
  const script = parser.parse(text).topNode;
  const broken = firstBroken(script);
  if (broken !== undefined) throw new Problem(messageOfBroken(text, broken), broken.from, broken.to);
  const [statement, ...rest] = childrenOf(script);
  const [expression, ...more] = statement?.name === 'ExpressionStatement' ? childrenOf(statement).filter(({ name }) => name !== ';') : [];
  if (statement === undefined || expression === undefined)
    throw new Problem('This must be one mask, written as a call: causal().', 0, text.length);
  const second = more[0] ?? rest[0];
  if (second !== undefined) throw new Problem('Here the expression must end: join masks by .and(…) and .or(…).', second.from, second.to);
  return expression;
}

function firstBroken(script: SyntaxNode): { readonly from: number; readonly to: number } | undefined {
  const cursor = script.cursor();
  do {
    if (cursor.type.isError) return { from: cursor.from, to: cursor.to };
  } while (cursor.next());
  return undefined;
}

const messageOfBroken = (text: string, { from }: { readonly from: number }): string =>
  from >= text.trimEnd().length
    ? 'The expression ends too early: a bracket is open, or a value is missing.'
    : 'This is not understood here.';

const childrenOf = (node: SyntaxNode): readonly SyntaxNode[] => {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment' && child.name !== 'BlockComment') children.push(child);
  }
  return children;
};

const written = ({ text }: Reader, { from, to }: SyntaxNode): string => text.slice(from, to);

function readNode(reader: Reader, node: SyntaxNode, level: number): unknown {
  reader.nodes += 1;
  if (reader.nodes > mostNodes)
    throw new Problem(`An expression may have at most ${mostNodes.toLocaleString('en')} parts.`, node.from, node.to);
  if (level > mostLevels) throw new Problem(`An expression may be at most ${mostLevels} levels deep.`, node.from, node.to);
  switch (node.name) {
    case 'Number':
      return Number(written(reader, node).replaceAll('_', ''));
    case 'UnaryExpression':
      return negated(reader, node, level);
    case 'String':
      return written(reader, node).slice(1, -1).replaceAll(/\\(.)/gs, '$1');
    case 'BooleanLiteral':
      return written(reader, node) === 'true';
    case 'ParenthesizedExpression':
      return readNode(reader, within(node), level + 1);
    case 'ArrayExpression':
      return childrenOf(node)
        .filter(({ name }) => !['[', ']', ','].includes(name))
        .map((each) => readNode(reader, each, level + 1));
    case 'ObjectExpression':
      return recordOf(reader, node, level);
    case 'CallExpression':
      return callOf(reader, node, level);
    case 'VariableName': {
      const name = written(reader, node);
      throw new Problem(
        Object.hasOwn(words, name) ? `${name} must be called: ${(words[name] as Word).signature}.` : unknownName(name),
        node.from,
        node.to,
      );
    }
    default:
      throw new Problem('Only calls of masks, numbers, texts, lists [ ] and records { } may stand here.', node.from, node.to);
  }
}

function within(node: SyntaxNode): SyntaxNode {
  const inner = childrenOf(node).find(({ name }) => name !== '(' && name !== ')');
  if (inner === undefined) throw new Problem('A value is missing here.', node.from, node.to);
  return inner;
}

function negated(reader: Reader, node: SyntaxNode, level: number): number {
  const [sign, operand] = childrenOf(node);
  const value = operand === undefined ? undefined : readNode(reader, operand, level + 1);
  if (sign === undefined || written(reader, sign) !== '-' || typeof value !== 'number') {
    throw new Problem('Only a minus before a number may stand here.', node.from, node.to);
  }
  return -value;
}

function recordOf(reader: Reader, node: SyntaxNode, level: number): Readonly<Record<string, unknown>> {
  const record: Record<string, unknown> = Object.create(null);
  for (const property of childrenOf(node).filter(({ name }) => name === 'Property' || name === 'SpreadElement' || name === 'Spread')) {
    const [name, colon, value] = childrenOf(property);
    if (
      name === undefined ||
      colon?.name !== ':' ||
      value === undefined ||
      !['PropertyDefinition', 'String', 'Number'].includes(name.name)
    ) {
      throw new Problem('A record is written as { name: value }.', property.from, property.to);
    }
    record[name.name === 'String' ? written(reader, name).slice(1, -1) : written(reader, name)] = readNode(reader, value, level + 1);
  }
  return { ...record };
}

function callOf(reader: Reader, node: SyntaxNode, level: number): unknown {
  const [callee, list] = childrenOf(node);
  if (callee === undefined || list?.name !== 'ArgList') throw new Problem('This must be a call.', node.from, node.to);
  const values = childrenOf(list)
    .filter(({ name }) => !['(', ')', ','].includes(name))
    .map((each) => readNode(reader, each, level + 1));
  const made = callee.name === 'MemberExpression' ? ofMethod(reader, callee, values, level) : ofWord(reader, callee, values);
  if (isMask(made)) reader.parts.push({ mask: made, from: node.from, to: node.to });
  return made;
}

function ofWord(reader: Reader, callee: SyntaxNode, values: readonly unknown[]): unknown {
  const name = written(reader, callee);
  if (callee.name !== 'VariableName' || !Object.hasOwn(words, name)) throw new Problem(unknownName(name), callee.from, callee.to);
  return told(callee, () => (words[name] as Word).call(...(values as never[])));
}

function ofMethod(reader: Reader, callee: SyntaxNode, values: readonly unknown[], level: number): unknown {
  const [owner, , property] = childrenOf(callee);
  if (owner === undefined || property?.name !== 'PropertyName')
    throw new Problem('A method is written as .name(…).', callee.from, callee.to);
  const target = readNode(reader, owner, level + 1);
  const name = written(reader, property);
  const method: unknown =
    Object.hasOwn(methods, name) && typeof target === 'object' && target !== null && Object.hasOwn(target, name)
      ? (target as Record<string, unknown>)[name]
      : undefined;
  if (typeof method !== 'function') {
    const own = typeof target === 'object' && target !== null ? Object.keys(methods).filter((each) => Object.hasOwn(target, each)) : [];
    throw new Problem(`There is no .${name} here${own.length === 0 ? '' : `: .${own.join(', .')}`}.`, property.from, property.to);
  }
  return told(property, () => method(...values));
}

/** The package's own words where it refuses, without the name of the function: the place says that. */
function told(node: SyntaxNode, call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    throw new Problem(error instanceof Error ? error.message : String(error), node.from, node.to);
  }
}

const isMask = (value: unknown): value is Mask =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<Mask>).allows === 'function' &&
  typeof (value as Partial<Mask>).cover === 'function';

function unknownName(name: string): string {
  const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  return `There is no mask of the name ${shown}. Did you mean ${nearestNames(shown, Object.keys(words)).slice(0, 2).join(' or ')}?`;
}
