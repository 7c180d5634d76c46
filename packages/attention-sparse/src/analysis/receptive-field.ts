import { ConfigError, requireCountOfNumbers, requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { createLayout, everySelection, largestBlock, type Span } from '@longspan/core-tensor/layout';
import { requireMask } from '../mask/algebra/require-mask.ts';
import type { Mask } from '../mask/index.ts';
import { countBits } from './bit-count.ts';
import { TokenSet } from './token-set.ts';

/** Which key blocks have reached which query blocks in the output of one layer. */
export interface BlockReach {
  /** Whether something of that key block can have reached that query block. */
  reaches(queryBlock: number, keyBlock: number): boolean;
  /** How many key blocks have reached that query block. */
  count(queryBlock: number): number;
  /** Reached pairs of blocks over all pairs. */
  readonly share: number;
  /** Bit `keyBlock % 32` of word `queryBlock · ceil(blocks / 32) + (keyBlock >> 5)`. */
  readonly bits: Uint32Array;
}

export interface ReceptiveField {
  readonly blockSize: number;
  readonly blocks: number;
  /** One for each mask, in their order. */
  readonly layers: readonly BlockReach[];
}

/**
 * Follows, block by block, which input tokens can reach which outputs after each layer of self-attention. Every layer also keeps its
 * own input (the residual path); heads are united. A block counts as reached as soon as one of its pairs is, so this is an upper
 * bound: `receptiveFieldOf` is exact for single tokens.
 * @param masks one per layer, the first layer first
 * @throws ConfigError when a mask differs per batch row, or a size is not an integer of at least 1
 * @cost O(layers · visited blocks · blocks / 32) time, blocks² / 8 bytes per layer
 * @example
 * const window = slidingWindow({ left: 4, right: 0 });
 * receptiveField([window, window], { length: 16, blockSize: 4 }).layers.map((layer) => layer.count(3)); // => [2, 3]
 */
export function receptiveField(
  masks: readonly Mask[],
  options: { readonly length: number; readonly blockSize?: number | undefined },
): ReceptiveField {
  requireKnown('receptiveField', options, { length: true, blockSize: true });
  const { length, blockSize = 64 } = options;
  requireInteger('receptiveField', { length }, 1);
  requireInteger('receptiveField', { blockSize }, 1, { atMost: largestBlock });
  requireOneRow('receptiveField', masks);
  const blocks = Math.ceil(length / blockSize);
  const words = Math.ceil(blocks / 32);
  requireCountOfNumbers('receptiveField', [blocks, words]);
  let before = new Uint32Array(blocks * words);
  for (let block = 0; block < blocks; block++) before[block * words + (block >> 5)] = 1 << (block & 31);
  const layers = masks.map((mask) => {
    const after = before.slice();
    const { indptr, indices, heads } = createLayout(mask, { queryLength: length, blockSize });
    for (let row = 0; row < heads * blocks; row++) {
      const target = (row % blocks) * words;
      for (let at = indptr[row] as number; at < (indptr[row + 1] as number); at++) {
        const source = (indices[at] as number) * words;
        for (let word = 0; word < words; word++)
          after[target + word] = (after[target + word] as number) | (before[source + word] as number);
      }
    }
    before = after;
    return blockReach(after, blocks, words);
  });
  return { blockSize, blocks, layers };
}

/**
 * The input tokens that can reach one output token after each layer of self-attention: exact, as ascending spans. Every layer also keeps
 * its own input (the residual path); heads are united.
 * @param masks one per layer, the first layer first
 * @returns one list of spans per layer: what has reached `query` in the output of that layer
 * @throws ConfigError when a mask differs per batch row, or `query` lies beyond `length`
 * @cost O(layers² · visited rectangles) time, length bytes
 * @example
 * const window = slidingWindow({ left: 2, right: 0 });
 * const layers = receptiveFieldOf([window, window.or(globalTokens([0]))], { query: 9, length: 12 });
 * layers.map((spans) => spans.map(({ start, end }) => [start, end])); // => [[[7, 10]], [[0, 1], [5, 10]]]
 */
export function receptiveFieldOf(
  masks: readonly Mask[],
  options: { readonly query: number; readonly length: number },
): readonly (readonly Span[])[] {
  requireKnown('receptiveFieldOf', options, { query: true, length: true });
  const { query, length } = options;
  requireInteger('receptiveFieldOf', { length }, 1);
  requireInteger('receptiveFieldOf', { query }, 0);
  requireOneRow('receptiveFieldOf', masks);
  if (query >= length) {
    throw new ConfigError({
      caller: 'receptiveFieldOf',
      problem: 'query must be a position of the sequence.',
      expected: `a position from 0 to ${length - 1}`,
      got: String(query),
      remedy: 'give the position of a token, or a larger length.',
    });
  }
  const heads = masks.map((mask) => everySelection(mask));
  // What reaches the output of a layer is found from that layer downwards: which keys its queries attend to, and which those attend to in
  // turn.
  return masks.map((_, layer) => {
    let reached: readonly Span[] = [{ start: query, end: query + 1 }];
    for (let below = layer; below >= 0; below--) reached = attendedBy(heads[below] as readonly Mask[], reached, length);
    return reached;
  });
}

/** The tokens themselves and all keys that at least one of them attends to. */
function attendedBy(masks: readonly Mask[], tokens: readonly Span[], length: number): readonly Span[] {
  const attended = new TokenSet(length);
  for (const span of tokens) attended.add(span);
  // Large rectangles first: what they show need not be searched in the small ones.
  let level = masks.flatMap((mask) => tokens.map((queries) => ({ mask, queries, keys: { start: 0, end: length } })));
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { mask, queries, keys } of level) {
      const cover = attended.holds(keys) ? 'none' : mask.cover(queries, keys);
      if (cover === 'all') attended.add(keys);
      if (cover !== 'some') continue;
      const isPair = queries.end - queries.start === 1 && keys.end - keys.start === 1;
      if (isPair && mask.allows(queries.start, keys.start)) attended.add(keys);
      if (isPair) continue;
      for (const part of halves(queries)) for (const other of halves(keys)) next.push({ mask, queries: part, keys: other });
    }
    level = next;
  }
  return attended.spans();
}

function halves({ start, end }: Span): readonly Span[] {
  if (end - start === 1) return [{ start, end }];
  const middle = start + ((end - start) >>> 1);
  return [
    { start, end: middle },
    { start: middle, end },
  ];
}

function blockReach(bits: Uint32Array, blocks: number, words: number): BlockReach {
  const reaches = (queryBlock: number, keyBlock: number) =>
    (((bits[queryBlock * words + (keyBlock >> 5)] ?? 0) >>> (keyBlock & 31)) & 1) === 1;
  const count = (queryBlock: number) => countBits(bits.subarray(queryBlock * words, (queryBlock + 1) * words));
  return { reaches, count, share: countBits(bits) / blocks ** 2, bits };
}

function requireOneRow(caller: string, masks: readonly Mask[]): void {
  requireKind(caller, 'masks', masks, 'list');
  for (const mask of masks) requireMask(caller, 'each of masks', mask);
  const perRow = masks.find((mask) => mask.batch !== 1);
  if (perRow === undefined) return;
  throw new ConfigError({
    caller,
    problem: 'all batch rows must share the mask.',
    expected: 'masks that all batch rows share',
    got: `${perRow.batch} batch rows (${perRow.name})`,
    remedy: 'select one row: mask.select({ batch: 0 }).',
  });
}
