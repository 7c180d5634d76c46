import { parseSync } from 'vite';

/** The sentence that an error begins with, as its source writes it: `${…}` stays. */
export interface FirstLine {
  readonly line: number;
  readonly text: string;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

function* nodesBelow(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const each of value) yield* nodesBelow(each);
  if (!isNode(value)) return;
  yield value;
  for (const field of Object.values(value)) if (typeof field === 'object') yield* nodesBelow(field);
}

/**
 * Every first line of the errors that a source file throws: each value of `problem`, each branch of it where it is a choice, and, for a
 * function that takes `problem` as a parameter, what its callers in the file pass. An error of JavaScript's own counts as well.
 */
export function firstLines(file: string, code: string): readonly FirstLine[] {
  const { program } = parseSync(file, code, { lang: 'ts' });
  const nodes = [...nodesBelow(program)];
  const lineOf = ({ start }: Node): number => code.slice(0, start).split('\n').length;
  const constants = new Map(nodes.filter(({ type }) => type === 'VariableDeclarator').map(({ id, init }) => [(id as Node)['name'], init]));
  const builders = buildersOf(nodes);
  const sentences = (value: unknown): readonly Node[] => {
    if (!isNode(value)) return [];
    if (value.type === 'ConditionalExpression') return [value['consequent'], value['alternate']].flatMap(sentences);
    if (value.type === 'Identifier' && constants.has(value['name'])) return sentences(constants.get(value['name']));
    return ['Literal', 'TemplateLiteral'].includes(value.type) ? [value] : [];
  };
  return nodes
    .flatMap((node) => {
      if (node.type === 'Property' && (node['key'] as Node)['name'] === 'problem') return sentences(node['value']);
      if (node.type === 'CallExpression') {
        const at = builders.get((node['callee'] as Node)['name']);
        return at === undefined ? [] : sentences((node['arguments'] as readonly unknown[])[at]);
      }
      const isOwn = node.type === 'NewExpression' && /^(Error|RangeError|TypeError)$/.test(String((node['callee'] as Node)['name']));
      return isOwn ? sentences((node['arguments'] as readonly unknown[])[0]) : [];
    })
    .map((sentence) => ({ line: lineOf(sentence), text: code.slice(sentence.start + 1, sentence.end - 1) }));
}

/** Functions of the file that take the first line, by name: which argument it is. */
function buildersOf(nodes: readonly Node[]): ReadonlyMap<unknown, number> {
  const builders = new Map<unknown, number>();
  for (const node of nodes) {
    const named = node.type === 'VariableDeclarator' && isNode(node['init']) ? node['init'] : node;
    if (!Array.isArray(named['params'])) continue;
    const at = (named['params'] as readonly Node[]).findIndex(({ name }) => name === 'problem');
    if (at >= 0 && isNode(node['id'])) builders.set(node['id']['name'], at);
  }
  return builders;
}
