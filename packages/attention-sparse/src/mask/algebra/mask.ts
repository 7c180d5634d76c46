import { ConfigError, requireInteger, requireKnown, show, stamped } from '@longspan/core-tensor/error';
import { type Cover, type Coverage, everySelection, ofPositions, ofSpans, type Selection } from '@longspan/core-tensor/layout';
import { copied } from './copied.ts';
import { opposite } from './cover.ts';
import { type Describe, described, describedBy } from './described.ts';
import type { MaskNode } from './mask-node.ts';
import { requireMask } from './require-mask.ts';

/** Masks within each other: they are evaluated by functions that call each other that deep. SECURITY.md states it. */
export const MOST_LEVELS = 1000;

/**
 * Which keys each query may attend to, as a rule over positions instead of a table. Masks are values: `and`, `or` and `not` make new ones.
 * @example
 * const mask = slidingWindow({ left: 2, right: 0 }).or(globalTokens([0])).and(causal());
 * [mask.allows(9, 7), mask.allows(9, 6), mask.allows(9, 0)]; // => [true, false, true]
 * mask.name; // => 'slidingWindow({ left: 2, right: 0 }).or(globalTokens([0])).and(causal())'
 */
export interface Mask extends Coverage {
  /** The expression that makes it, so that errors, plots and reports show code one can paste. */
  readonly name: string;
  /** False where a part has no JSON, as a custom rule: `toJSON` throws then. */
  readonly serialisable: boolean;
  /** What it was made from, if from other masks. */
  readonly combination: Combination | undefined;
  /**
   * Whether the query at that position may attend to the key at that position.
   * @throws ConfigError when the mask differs per head or per batch row: `select` one first
   */
  allows(query: number, key: number): boolean;
  /** The mask of one head, of one batch row, or of both; a shared mask is the same for all. */
  select(at: Selection): Mask;
  and(other: Mask): Mask;
  or(other: Mask): Mask;
  not(): Mask;
  /** @throws ConfigError when a part cannot be written as JSON */
  toJSON(): MaskNode;
}

export interface Combination {
  readonly by: 'and' | 'or' | 'not' | 'perHead' | 'perBatch';
  readonly of: readonly Mask[];
}

/**
 * All that a new mask has to give. Without `cover` its layouts ask every pair, O(queries · keys) calls; without `json` it works
 * everywhere but in files; without `pattern` its layouts take longer.
 */
export interface MaskRule extends Pick<Mask, 'name' | 'allows'> {
  readonly cover?: Mask['cover'] | undefined;
  readonly json?: MaskNode | undefined;
  readonly pattern?: Mask['pattern'] | undefined;
}

const unknownPattern = (): undefined => undefined;
const unknownCover = (): Cover => 'some';

/**
 * Makes a mask from its rule and gives it the algebra. Every leaf is made here.
 * `cover` decides the cost: a layout goes into detail only where it answers 'some', which it always does by default.
 * @throws ConfigError when name is not a text, or a rule is not a function
 * @example
 * const even = mask({ name: 'even', allows: (query, key) => (key - query) % 2 === 0 });
 * [even.allows(3, 1), even.and(causal()).allows(1, 3), even.not().allows(3, 1)]; // => [true, false, false]
 */
export function mask(config: MaskRule): Mask {
  requireKnown('mask', config, { name: 'text', allows: 'function', cover: 'function', json: 'record', pattern: 'function' });
  const { name, json, allows, cover = unknownCover, pattern = unknownPattern } = config;
  requireRule({ name, allows, cover });
  // Copies on both ways, for the mask's layouts are found by it.
  const kept = json === undefined ? undefined : copied(json);
  const toJSON = (): MaskNode => (kept === undefined ? refuseJSON(name) : copied(kept));
  return shared({
    name,
    serialisable: json !== undefined,
    combination: undefined,
    allows: ofPositions(allows),
    cover: ofSpans('cover', cover),
    pattern: ofSpans('pattern', pattern),
    toJSON,
  });
}

/** Makes a mask that is another one for each head or batch row. `at` is asked only for axes along which it differs. */
export function varied({
  heads,
  batch,
  at,
  ...rest
}: Named<Pick<Mask, 'name' | 'heads' | 'batch' | 'serialisable' | 'combination' | 'toJSON'>> & {
  readonly at: (at: Selection) => Mask;
} & Holding): Mask {
  let all: readonly Mask[] | undefined;
  const made: Mask = withAlgebra({
    ...rest,
    heads,
    batch,
    allows: () => {
      throw new ConfigError({
        caller: 'mask.allows',
        problem: 'the mask must be shared by all heads and batch rows, or selected.',
        expected: 'a mask that is shared, or selected',
        got: `${heads} per head, ${batch} per batch row: ${made.name}`,
        remedy: 'call mask.select({ head: 0, batch: 0 }).allows(query, key).',
      });
    },
    cover: (queries, keys) => {
      all ??= everySelection(made);
      const covers = new Set(all.map((one) => one.cover(queries, keys)));
      const [first = 'some'] = covers;
      return covers.size === 1 ? first : 'some';
    },
    pattern: unknownPattern,
    select: (options) => {
      requireSelection(options);
      const { head, batch: row } = options;
      const wanted = {
        head: heads === 1 ? undefined : within('head', head, heads, made),
        batch: batch === 1 ? undefined : within('batch', row, batch, made),
      };
      return wanted.head === undefined && wanted.batch === undefined ? made : at(wanted);
    },
  });
  return made;
}

/** How many masks several masks hold together along an axis: all that differ along it must agree. */
export function commonCount(caller: string, axis: 'heads' | 'batch', masks: readonly Mask[]): number {
  const counts = new Set(masks.map((one) => one[axis]).filter((count) => count !== 1));
  if (counts.size > 1) {
    throw new ConfigError({
      caller,
      problem: `all masks must be made for one number of ${axis === 'heads' ? 'heads' : 'batch rows'}.`,
      expected: '1 (shared), or the same number in all of them',
      got: masks.map((one) => `${one[axis]} (${one.name})`).join(', '),
      remedy: 'give each list one entry per head or batch row, or a single value that all share.',
    });
  }
  return [...counts][0] ?? 1;
}

/** How many masks each one is made of, within each other. */
const depths = new WeakMap<Mask, number>();

/** Names are made when they are asked for, but those of every so many levels at once: none then calls all levels below it. */
const namedEvery = 100;

/** A mask may hold another one in a way of its own, which counts as a level like those of the algebra. */
interface Holding {
  readonly holds?: Mask | undefined;
}

function withAlgebra({ name, holds, ...core }: Named<Omit<Mask, 'cacheKey' | 'and' | 'or' | 'not'>> & Holding): Mask {
  let text: string | undefined;
  const made: Mask = stamped<Mask>({
    ...core,
    get name() {
      text ??= typeof name === 'string' ? name : name();
      return text;
    },
    cacheKey: () => (made.serialisable ? JSON.stringify(made.toJSON()) : undefined),
    and: (other) => combine('and', made, other),
    or: (other) => combine('or', made, other),
    not: () => negate(made),
  });
  const by = core.combination?.by;
  const parts = (core.combination && joined.get(core.combination)) ?? core.combination?.of ?? (holds === undefined ? [] : [holds]);
  // What is joined by the same word as its parts is no deeper than they are: together they are one list.
  const depth = parts.reduce((most, one) => Math.max(most, (depths.get(one) ?? 0) + (isJoin(by) && one.combination?.by === by ? 0 : 1)), 1);
  depths.set(made, depth);
  if (depth > MOST_LEVELS) throw tooDeep();
  if (depth % namedEvery === 0) void made.name;
  return made;
}

/** One mask for all heads and batch rows, of other masks. */
export function sharedOf({
  describe,
  ...core
}: Omit<Parameters<typeof shared>[0], 'pattern'> & {
  /** Its cover and pattern, of those of its parts. */
  readonly describe: Describe;
}): Mask {
  const made = shared({ ...core, pattern: ofSpans('pattern', (queries, keys) => describe(queries, keys).pattern) });
  describedBy(made, describe);
  return made;
}

/** One mask for all heads and batch rows. */
export function shared(core: Named<Omit<Mask, 'heads' | 'batch' | 'select' | 'cacheKey' | 'and' | 'or' | 'not'>> & Holding): Mask {
  const select = (at: Selection): Mask => {
    requireSelection(at);
    return made;
  };
  const made: Mask = withAlgebra({ ...core, heads: 1, batch: 1, select });
  return made;
}

/** A name may be made when it is asked for: that of a large expression is as long as the expression, and few are read. */
export type Named<Core extends { readonly name: string }> = Omit<Core, 'name'> & { readonly name: string | (() => string) };

const isJoin = (by: Combination['by'] | undefined): boolean => by === 'and' || by === 'or';

/** The masks that were joined, as they were: those of a loop that adds one after the other are a chain. */
const joined = new WeakMap<Combination, readonly Mask[]>();

/**
 * A combination whose list is made when it is asked for, of all links of the chain at once: a list at each link would be quadratic. It is
 * walked with a stack of its own, for chains are longer than calls may be deep.
 */
function joinOf(by: 'and' | 'or', masks: readonly Mask[]): Combination {
  let all: readonly Mask[] | undefined;
  const made: Combination = stamped<Combination>({
    by,
    get of() {
      if (all !== undefined) return all;
      const found: Mask[] = [];
      const rest: Mask[] = [...masks].reverse();
      for (let one = rest.pop(); one !== undefined; one = rest.pop()) {
        const parts = one.combination?.by === by ? joined.get(one.combination) : undefined;
        if (parts === undefined) found.push(one);
        else for (let at = parts.length - 1; at >= 0; at--) rest.push(parts[at] as Mask);
      }
      all = Object.freeze(found);
      joined.set(made, all);
      return all;
    },
  });
  joined.set(made, masks);
  return made;
}

function combine(by: 'and' | 'or', left: Mask, right: Mask): Mask {
  requireMask(`mask.${by}`, 'other', right);
  return combination(by, [left, right]);
}

/** All of the masks at once: in one expression, however many they are. */
export function combination(by: 'and' | 'or', masks: readonly Mask[]): Mask {
  const [only] = masks;
  if (masks.length === 1 && only !== undefined) return only;
  const heads = commonCount(`mask.${by}`, 'heads', masks);
  const batch = commonCount(`mask.${by}`, 'batch', masks);
  const made = joinOf(by, masks);
  // Loops and not map, here and below: an expression may be 1,000 deep, and each function within a function takes of the stack.
  const common = {
    name: () => {
      let name = '';
      for (const one of made.of) name += name === '' ? one.name : `.${by}(${one.name})`;
      return name;
    },
    serialisable: masks.every((one) => one.serialisable),
    combination: made,
    toJSON: (): MaskNode => {
      const nodes: MaskNode[] = [];
      for (const one of made.of) nodes.push(one.toJSON());
      return { kind: by, of: nodes };
    },
  };
  if (heads * batch > 1) {
    const at = (at: Selection): Mask => {
      const selected: Mask[] = [];
      for (const one of made.of) selected.push(one.select(at));
      return combination(by, selected);
    };
    return varied({ ...common, heads, batch, at });
  }
  // Three-valued logic: `and` is the least of its parts, `or` the most. One part that settles the matter ends the search.
  const settles = by === 'or';
  const settled: Cover = settles ? 'all' : 'none';
  return sharedOf({
    ...common,
    allows: (query, key) => {
      for (const one of made.of) if (one.allows(query, key) === settles) return settles;
      return !settles;
    },
    cover: (queries, keys) => {
      let result: Cover = opposite[settled];
      for (const one of made.of) {
        const cover = one.cover(queries, keys);
        if (cover === settled) return settled;
        if (cover === 'some') result = 'some';
      }
      return result;
    },
    describe: (queries, keys) => {
      let result: Cover = opposite[settled];
      let words: string | undefined = '';
      const { of } = made;
      for (let at = 0; at < of.length; at++) {
        const { cover, pattern } = described(of[at] as Mask, queries, keys);
        if (cover === settled) return { cover, pattern: settled };
        if (cover !== 'some') continue; // the neutral element
        result = 'some';
        // With its length, so that no two lists of words read the same.
        words = words === undefined || pattern === undefined ? undefined : `${words}${at}:${pattern.length}:${pattern}`;
      }
      return { cover: result, pattern: words };
    },
  });
}

function negate(one: Mask): Mask {
  const common = {
    name: () => `${one.name}.not()`,
    serialisable: one.serialisable,
    combination: stamped<Combination>({ by: 'not', of: [one] }),
    toJSON: (): MaskNode => ({ kind: 'not', of: one.toJSON() }),
  } as const;
  if (one.heads * one.batch > 1) return varied({ ...common, heads: one.heads, batch: one.batch, at: (at) => one.select(at).not() });
  return sharedOf({
    ...common,
    allows: (query, key) => !one.allows(query, key),
    cover: (queries, keys) => opposite[one.cover(queries, keys)],
    describe: (queries, keys) => {
      const { cover, pattern } = described(one, queries, keys);
      return { cover: opposite[cover], pattern };
    },
  });
}

function within(axis: 'head' | 'batch', index: number | undefined, count: number, mask: Pick<Mask, 'name'>): number | undefined {
  if (index === undefined || (Number.isInteger(index) && index >= 0 && index < count)) return index;
  throw new ConfigError({
    caller: 'mask.select',
    problem: `${axis} must be one that the mask holds.`,
    expected: `an integer from 0 to ${count - 1}`,
    got: `${index} (${mask.name})`,
    remedy: `select one of the ${count}, or make the mask for more.`,
  });
}

const tooDeep = (): ConfigError =>
  new ConfigError({
    caller: 'mask',
    problem: `an expression must have at most ${MOST_LEVELS} masks within each other.`,
    expected: `at most ${MOST_LEVELS}`,
    got: 'one more',
    remedy: 'join alike masks before unlike ones, or write the rule as one mask({ name, allows, cover }).',
  });

function requireRule(rule: Pick<Mask, 'name' | 'allows' | 'cover'>): void {
  if (typeof rule.name === 'string' && typeof rule.allows === 'function' && typeof rule.cover === 'function') return;
  throw new ConfigError({
    caller: 'mask',
    problem: 'a mask must have a name, and functions for allows and cover.',
    expected: "{ name: string, allows: (query, key) => boolean, cover?: (queries, keys) => 'none' | 'some' | 'all' }",
    got: `{ ${Object.entries(rule)
      .map(([name, value]) => `${name}: ${show(value)}`)
      .join(', ')} }`,
    remedy: "call mask({ name: 'my rule', allows: (query, key) => ... }).",
  });
}

function refuseJSON(name: string): never {
  throw new ConfigError({
    caller: 'mask.toJSON',
    problem: 'a mask must be of the built-in kinds to have JSON.',
    expected: 'a mask of the built-in kinds and their combinations',
    got: name,
    remedy: 'write the rule with the built-in kinds, or make that mask in code after reading the rest.',
  });
}

/** Throws unless head and batch row are integers, where they are given at all. */
function requireSelection(at: Selection): void {
  requireKnown('mask.select', at, { head: true, batch: true });
  for (const [name, index] of Object.entries(at)) if (index !== undefined) requireInteger('mask.select', { [name]: index }, 0);
}
