import { ConfigError, inNameOf, isList, requireInteger, requireKind, requireKnown, ShapeError, show } from '@longspan/core-tensor/error';
import { requireMask } from '../../mask/algebra/require-mask.ts';
import type { Mask, Segment, Segments } from '../../mask/index.ts';
import type { AttentionLengths } from '../multi-head/config.ts';

/** How the queries of one segment attend to the keys of another: by a mask, by blocks that the data select, or by both in one softmax. */
export interface SegmentRoute {
  readonly from: string;
  readonly to: string;
  /** Positions begin at 0 in either segment; a function makes the mask for their lengths. */
  readonly mask?: Mask | ((lengths: AttentionLengths) => Mask) | undefined;
  /** Key blocks of the segment that each query block attends to as a whole, by the product of their means. */
  readonly topK?: number | undefined;
}

/** A route with the segments that it names, and its mask made for their lengths. */
export interface SizedRoute {
  readonly from: Segment;
  readonly to: Segment;
  readonly mask: Mask | undefined;
  readonly topK: number | undefined;
}

type Side = readonly [name: string, length: number];

/**
 * Checks what of the routes does not depend on the segments.
 * @throws ConfigError when they are no list, or one of them has a name that routes do not have, or neither a mask nor topK
 */
export function checkRoutes(caller: string, routes: readonly SegmentRoute[]): void {
  if (!isList(routes) || routes.length === 0) {
    throw new ConfigError({
      caller,
      problem: 'routes must name at least one pair of segments.',
      expected: "a list such as [{ from: 'text', to: 'image', mask: everything() }]",
      got: show(routes),
      remedy: 'add a route, or use attention without segments.',
    });
  }
  routes.forEach((route, at) => {
    requireKnown(`${caller} routes[${at}]`, route, { from: true, to: true, mask: true, topK: true });
    const { from, to, mask, topK } = route;
    requireKind(caller, `routes[${at}].from`, from, 'text');
    requireKind(caller, `routes[${at}].to`, to, 'text');
    if (mask !== undefined && typeof mask !== 'function') requireMask(caller, `routes[${at}].mask`, mask);
    if (topK !== undefined) requireInteger(caller, { topK }, 1);
    else if (mask === undefined) {
      throw new ConfigError({
        caller,
        problem: `the route from ${from} to ${to} must have a mask or topK.`,
        expected: 'a mask, topK, or both',
        got: 'neither',
        remedy: 'give mask: everything() for all of it.',
      });
    }
  });
}

/**
 * Throws unless the segments are as long as the tensors and have every name that a route says.
 * @param sides what holds the queries and what holds the keys, with their tokens
 */
export function checkSegments(
  caller: string,
  routes: readonly SegmentRoute[],
  segments: Segments,
  sides: readonly [queries: Side, keys: Side],
): void {
  for (const [at, [name, length]] of sides.entries()) {
    const list = at === 0 ? segments.queries : segments.keys;
    const total = list.at(-1)?.end ?? 0;
    if (total === length) continue;
    throw new ShapeError({
      caller,
      problem: `the segments must be as long as ${name}.`,
      expected: `${list.map((one) => `${one.name} ${one.end - one.start}`).join(' + ')} = ${total} tokens`,
      got: `${length} (set by ${name})`,
      remedy: 'give every token a segment, or cut the tensors.',
    });
  }
  inNameOf(caller, () => {
    for (const { from, to } of routes) segments.between(from, to); // throws where there is no such segment
  });
}

/** Checked routes with their segments. */
export const sizedRoutes = (routes: readonly SegmentRoute[], { queries, keys }: Segments): readonly SizedRoute[] =>
  routes.map(({ from, to, mask, topK }) => {
    const named = (list: readonly Segment[], name: string): Segment => list.find((one) => one.name === name) as Segment;
    const [own, other] = [named(queries, from), named(keys, to)];
    const lengths = { queryLength: own.end - own.start, keyLength: other.end - other.start };
    return { from: own, to: other, mask: typeof mask === 'function' ? mask(lengths) : mask, topK };
  });
