import { ConfigError, isDenseArray, show } from '@longspan/core-tensor/error';
import { bigBird } from '../leaf/big-bird.ts';
import { blockDiagonal } from '../leaf/block-diagonal.ts';
import { blockWindow } from '../leaf/block-window.ts';
import { causal } from '../leaf/causal.ts';
import { dilatedWindow } from '../leaf/dilated-window.ts';
import { documents } from '../leaf/documents.ts';
import { everything, nothing } from '../leaf/everything.ts';
import { fixed } from '../leaf/fixed.ts';
import { globalTokens } from '../leaf/global-tokens.ts';
import { grid } from '../leaf/grid.ts';
import { keyPadding } from '../leaf/key-padding.ts';
import { keysAt, queriesAt } from '../leaf/keys-at.ts';
import { prefix } from '../leaf/prefix.ts';
import { type SegmentPairs, segmentsOf } from '../leaf/segments.ts';
import { slidingWindow } from '../leaf/sliding-window.ts';
import { strided } from '../leaf/strided.ts';
import { requireReadable } from './json-limits.ts';
import { combination, type Mask } from './mask.ts';
import type { MaskNode } from './mask-node.ts';
import { perBatch, perHead } from './per-axis.ts';
import { requireMask } from './require-mask.ts';

const readers: { readonly [Kind in MaskNode['kind']]: (node: NodeReader) => Mask } = {
  causal: () => causal(),
  slidingWindow: (node) => slidingWindow({ left: node.whole('left'), right: node.whole('right') }),
  dilatedWindow: (node) =>
    dilatedWindow({
      left: node.whole('left'),
      right: node.whole('right'),
      dilation: node.read('dilation', isWholeOrWholes, 'an integer, or a list of them'),
    }),
  globalTokens: (node) => globalTokens(node.wholes('positions')),
  blockDiagonal: (node) => blockDiagonal({ blockSize: node.whole('size') }),
  strided: (node) => strided({ stride: node.whole('stride') }),
  fixed: (node) => fixed({ stride: node.whole('stride'), summary: node.whole('summary') }),
  bigbird: (node) =>
    bigBird({
      blockSize: node.whole('block'),
      windowBlocks: node.whole('windowBlocks'),
      globalBlocks: node.wholes('globalBlocks'),
      randomBlocks: node.read('randomBlocks', isRandomBlocks, 'a list of lists of integers, or a list of such lists'),
    }),
  prefix: (node) => prefix({ length: node.whole('length') }),
  documents: (node) => documents(node.wholesPerRow('ids')),
  keyPadding: (node) => keyPadding({ lengths: node.wholes('lengths') }),
  and: (node) => combination('and', node.masks()),
  or: (node) => combination('or', node.masks()),
  not: (node) => node.mask().not(),
  everything: () => everything(),
  nothing: () => nothing(),
  perHead: (node) => perHead(node.masks()),
  perBatch: (node) => perBatch(node.masks()),
  keysAt: (node) => keysAt(node.wholesPerRow('positions')),
  queriesAt: (node) => queriesAt(node.wholesPerRow('positions')),
  blockWindow: (node) => blockWindow({ blockSize: node.whole('size'), left: node.whole('left'), right: node.whole('right') }),
  segments: (node) => segmentsOf(node.lengths('queries'), node.lengths('keys')).between(node.text('from'), node.text('to'), node.mask()),
  gridNeighbourhood: (node) => grid(node.wholes('shape')).neighbourhood({ radius: node.wholes('radius') }),
  gridTiles: (node) => grid(node.wholes('shape')).tiles({ size: node.wholes('size') }),
  gridShiftedWindows: (node) => grid(node.wholes('shape')).shiftedWindows({ window: node.wholes('window'), shift: node.wholes('shift') }),
};

/**
 * Reads a mask from its JSON tree, as `mask.toJSON()` and the golden fixtures write it.
 * @throws ConfigError that names the place in the tree, what was expected there and what came; and for a tree beyond the limits: 10,000
 *   nodes, 1,000 of them within each other, 1,048,576 numbers, texts and lists, 65,536 masks in one list for heads or batch rows
 * @cost O(what is in the tree), once its size was found to be within the limits
 * @example
 * const mask = maskFromJSON({ kind: 'and', of: [{ kind: 'causal' }, { kind: 'slidingWindow', left: 4, right: 4 }] });
 * mask.name; // => 'causal().and(slidingWindow({ left: 4, right: 4 }))'
 */
export function maskFromJSON(node: unknown): Mask {
  requireReadable(node);
  return readNode(node, 'mask');
}

/**
 * Whether two masks are the same expression with the same numbers. Custom rules are equal only to themselves.
 * @example
 * [equalMasks(causal(), causal()), equalMasks(prefix({ length: 1 }), prefix({ length: 2 }))]; // => [true, false]
 */
export function equalMasks(one: Mask, other: Mask): boolean {
  requireMask('equalMasks', 'one', one);
  requireMask('equalMasks', 'other', other);
  if (one === other) return true;
  if (one.serialisable !== other.serialisable) return false;
  if (one.serialisable) return JSON.stringify(one.toJSON()) === JSON.stringify(other.toJSON());
  const [left, right] = [one.combination, other.combination];
  if (left === undefined || right === undefined || left.by !== right.by || left.of.length !== right.of.length) return false;
  return left.of.every((part, at) => equalMasks(part, right.of[at] as Mask));
}

function readNode(value: unknown, path: string): Mask {
  if (!isRecord(value)) throw unreadable(`${path} must be a node.`, 'an object with a kind', show(value));
  const { kind } = value;
  if (typeof kind !== 'string' || !Object.hasOwn(readers, kind)) {
    throw unreadable(`${path}.kind must be one of the known kinds.`, Object.keys(readers).join(', '), show(kind));
  }
  const node = new NodeReader(value, path);
  const mask = readers[kind as MaskNode['kind']](node);
  node.refuseUnread();
  return mask;
}

class NodeReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #known = new Set(['kind']);

  constructor(fields: Readonly<Record<string, unknown>>, path: string) {
    this.#fields = fields;
    this.#path = path;
  }

  read<Value>(name: string, isValid: (value: unknown) => value is Value, expected: string): Value {
    this.#known.add(name);
    const value = this.#fields[name];
    if (!isValid(value)) throw unreadable(`${this.#path}.${name} must be ${expected}.`, expected, show(value));
    return value;
  }

  whole(name: string): number {
    return this.read(name, isWhole, 'an integer');
  }

  wholes(name: string): readonly number[] {
    return this.read(name, isWholes, 'a list of integers');
  }

  wholesPerRow(name: string): readonly number[] | readonly (readonly number[])[] {
    return this.read(name, isWholesPerRow, 'a list of integers, or a list of such lists');
  }

  text(name: string): string {
    return this.read(name, (value) => typeof value === 'string', 'a text');
  }

  lengths(name: string): SegmentPairs {
    return this.read(name, isPairs, 'a list of [name, length]');
  }

  mask(): Mask {
    return readNode(this.read('of', isRecord, 'a node'), `${this.#path}.of`);
  }

  masks(): readonly Mask[] {
    const nodes = this.read('of', isFilledList, 'a list of one node or more');
    const masks: Mask[] = [];
    for (const [at, node] of nodes.entries()) masks.push(readNode(node, `${this.#path}.of[${at}]`)); // a frame of the stack less than map
    return masks;
  }

  /** A field that nothing has read is a misspelling, or means what this version cannot do. */
  refuseUnread(): void {
    const unread = Object.keys(this.#fields).filter((name) => !this.#known.has(name));
    if (unread.length > 0)
      throw unreadable(`${this.#path} must have the fields of its kind only.`, [...this.#known].join(', '), unread.slice(0, 5).join(', '));
  }
}

const unreadable = (problem: string, expected: string, got: string) =>
  new ConfigError({ caller: 'maskFromJSON', problem, expected, got, remedy: 'write the tree with mask.toJSON(), or correct this place.' });

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isListOf =
  <Item>(isItem: (value: unknown) => value is Item) =>
  (value: unknown): value is readonly Item[] =>
    isDenseArray(value) && value.every(isItem);
const isFilledList = (value: unknown): value is readonly unknown[] => isDenseArray(value) && value.length > 0;
const isWholes = isListOf(isWhole);
const isWholeLists = isListOf(isWholes);
const isWholeListLists = isListOf(isWholeLists);
const isWholeOrWholes = (value: unknown): value is number | readonly number[] => isWhole(value) || isWholes(value);
const isWholesPerRow = (value: unknown): value is readonly number[] | readonly (readonly number[])[] =>
  isWholes(value) || isWholeLists(value);
const isPairs = isListOf(
  (value: unknown): value is readonly [string, number] =>
    Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && isWhole(value[1]),
);
const isRandomBlocks = (value: unknown): value is readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[] =>
  isWholeLists(value) || isWholeListLists(value);
