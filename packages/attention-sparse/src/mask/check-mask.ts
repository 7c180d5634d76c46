import { ConfigError, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { createKey, type Key, randomUniform } from '@longspan/core-tensor/key';
import { type Extent, everySelection, resolveExtent, type Span } from '@longspan/core-tensor/layout';
import type { Mask } from './algebra/mask.ts';
import { requireMask } from './algebra/require-mask.ts';

export interface CheckMaskOptions extends Extent {
  /** How many rectangles are tried; 400 by default. */
  readonly rectangles?: number | undefined;
  /** Decides which; the same ones each time by default. */
  readonly key?: Key | undefined;
}

/**
 * Throws where a custom mask contradicts itself: where `cover` claims 'all' or 'none' of a rectangle and `allows` says otherwise of a
 * pair in it, or where two rectangles of one `pattern` differ. Layouts believe `cover`: what it masks by mistake is never computed.
 * Run it in a test of each mask that you write; it cannot prove that a mask is right.
 * @param extent the number of tokens, or the lengths; masks that depend on the length need those that you use
 * @throws ConfigError that names the rectangle, the claim and the pair
 * @cost O(rectangles · pairs of a rectangle), rectangles of up to 4,096 pairs
 * @example
 * const lies = mask({ name: 'lies', allows: (query, key) => key <= query, cover: () => 'none' });
 * checkMask(causal(), 200); // => undefined
 * const found = (() => { try { checkMask(lies, 200); } catch (error) { return error.message; } })();
 * found.startsWith("checkMask: cover must say 'all' or 'none' only of rectangles"); // => true
 */
export function checkMask(mask: Mask, extent: number | CheckMaskOptions): void {
  requireMask('checkMask', 'mask', mask);
  const options: CheckMaskOptions = typeof extent === 'number' ? { queryLength: extent } : extent;
  requireKnown('checkMask', options, { queryLength: true, keyLength: true, queryOffset: true, rectangles: true, key: 'key' });
  const { queryLength, keyLength, queryOffset } = resolveExtent('checkMask', options);
  const { rectangles = 400, key = createKey('checkMask') } = options;
  requireInteger('checkMask', { rectangles }, 1);
  const drawn = randomUniform(key, 4 * rectangles);
  for (const one of everySelection(mask)) {
    const patterns = new Map<string, { readonly rectangle: string; readonly bits: string }>();
    for (let at = 0; at < rectangles; at++) {
      const number = (which: 0 | 1 | 2 | 3): number => drawn[4 * at + which] as number;
      // Every eighth rectangle is a block of a layout, where patterns are asked for; the others are of all sizes, small ones more often.
      const queries = span(queryOffset, queryLength, number(0), at % 8 === 0 ? 0.5 : number(2));
      const keys = span(0, keyLength, number(1), at % 8 === 0 ? 0.5 : number(3));
      checkRectangle(one, queries, keys, patterns);
    }
  }
}

/** A range of 1 to 64 positions. */
function span(first: number, length: number, where: number, size: number): Span {
  const width = Math.min(length, 1 + Math.floor(63 * size ** 2));
  const start = first + Math.floor(where * (length - width + 1));
  return { start, end: start + width };
}

const shown = ({ start, end }: Span): string => `${start} … ${end - 1}`;

function checkRectangle(
  mask: Mask,
  queries: Span,
  keys: Span,
  patterns: Map<string, { readonly rectangle: string; readonly bits: string }>,
): void {
  const rectangle = `queries ${shown(queries)}, keys ${shown(keys)}`;
  const claim = mask.cover(queries, keys);
  let bits = '';
  for (let query = queries.start; query < queries.end; query++) {
    for (let key = keys.start; key < keys.end; key++) {
      const allowed = mask.allows(query, key);
      bits += allowed ? '1' : '0';
      if (claim === 'some' || allowed === (claim === 'all')) continue;
      throw new ConfigError({
        caller: 'checkMask',
        problem: "cover must say 'all' or 'none' only of rectangles in which allows says the same of every pair.",
        expected: `'some', or allows(${query}, ${key}) ${!allowed}`,
        got: `cover '${claim}' of ${rectangle}, and allows(${query}, ${key}) ${allowed}  (${mask.name})`,
        remedy: "answer 'some' where you are not sure: it is always right, and only slower.",
      });
    }
  }
  const pattern = claim === 'some' ? mask.pattern(queries, keys) : undefined;
  if (pattern === undefined) return;
  const name = `${queries.end - queries.start},${keys.end - keys.start},${pattern}`;
  const known = patterns.get(name);
  patterns.set(name, { rectangle, bits });
  if (known === undefined || known.bits === bits) return;
  throw new ConfigError({
    caller: 'checkMask',
    problem: 'pattern must be the same word only for rectangles whose pairs are alike.',
    expected: `another word than '${pattern}', or the pairs of ${known.rectangle}`,
    got: `other pairs in ${rectangle}  (${mask.name})`,
    remedy: 'put what decides the pairs into the word, or leave pattern out.',
  });
}
