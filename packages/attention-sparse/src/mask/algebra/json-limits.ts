import { ConfigError } from '@longspan/core-tensor/error';
import { MOST_LEVELS } from './mask.ts';

/** What a tree of masks may hold, for a stranger may have written it. SECURITY.md states these. */
const most = {
  nodes: 10_000,
  depth: MOST_LEVELS,
  /** Numbers, texts and lists, all together. */
  values: 2 ** 20,
} as const;

/** Lists within each other: of heads, of query blocks, of key blocks. */
const deepestList = 4;

interface Item {
  readonly value: object;
  /** How many nodes it lies in, itself included. */
  readonly depth: number;
  /** How many lists it lies in since the last node, itself included. */
  readonly lists: number;
}

/** Throws where a tree is larger than is read: by a loop over what is there, which no depth overflows and which ends at the limits. */
export function requireReadable(tree: unknown): void {
  const waiting: Item[] = [];
  let [nodes, values] = [0, 0];
  const visit = (value: unknown, depth: number, lists: number): void => {
    values++;
    if (values > most.values) throw beyond('numbers, texts and lists', most.values, `${most.values} or more`);
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      if (lists >= deepestList) throw beyond('lists within each other', deepestList, `${deepestList} or more`);
      waiting.push({ value, depth, lists: lists + 1 });
      return;
    }
    nodes++;
    if (nodes > most.nodes) throw beyond('nodes', most.nodes, `${most.nodes} or more`);
    if (depth >= most.depth) throw beyond('nodes within each other', most.depth, `${most.depth} or more`);
    waiting.push({ value, depth: depth + 1, lists: 0 });
  };
  visit(tree, 0, 0);
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const { value, depth, lists } = item;
    if (Array.isArray(value)) {
      if (value.length > most.values) throw beyond('numbers, texts and lists', most.values, `a list of ${value.length}`);
      for (const each of value as readonly unknown[]) visit(each, depth, lists);
      continue;
    }
    for (const each of Object.values(value)) visit(each, depth, lists);
  }
}

const beyond = (what: string, limit: number, got: string): ConfigError =>
  new ConfigError({
    caller: 'maskFromJSON',
    problem: `the tree must have at most ${limit} ${what}.`,
    expected: `at most ${limit} ${what}`,
    got,
    remedy: 'make a mask of that size in code, or cut it into several.',
  });
