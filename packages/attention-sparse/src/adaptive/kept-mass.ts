import { dims, type Padding } from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireIntegers, requireKnown, show } from '@longspan/core-tensor/error';
import type { RowWeights } from '@longspan/core-tensor/kernel';
import { checkPadding } from '@longspan/core-tensor/layer';
import type { Span } from '@longspan/core-tensor/layout';
import type { Mask } from '../mask/index.ts';
import { requireCandidates, requireMade } from './candidate-choice.ts';

export interface KeptMassOptions {
  /** What to measure, each shared by all heads or made for as many as there are. */
  readonly candidates: readonly Mask[];
  /** The positions of the rows, in their order. */
  readonly queries: readonly number[];
  /** Tokens of the text: query i stands at position i of as many keys. */
  readonly length: number;
  /** Rows of padding are not measured. */
  readonly padding?: Padding | undefined;
}

/** What a candidate keeps of one head's attention, over the queries that attend to anything. */
export interface KeptMass {
  /** The sum over the queries of the share of the softmax on the keys that the candidate keeps. */
  readonly kept: number;
  readonly queries: number;
  /** The share that the query which keeps the least keeps; 1 where there is none. */
  readonly lowest: number;
}

const caller = 'keptMass';

/**
 * Measures what masks keep of attention, by rows of its softmax: those that a layer gives for `context.attentionWeights`. So a text's
 * attention is measured by some of its queries, whatever its scores are made of, and nothing n x n is made.
 * @shape rows.keys int32 and rows.weights, [b, h, queries, width], of all heads
 * @returns by head, then by candidate; plain numbers, which `chooseMasks` takes
 * @throws ShapeError, ConfigError when an argument does not fit
 * @cost reads the rows back; O(b · h · queries · (length + candidates · spans of visible keys)) on the host
 * @example
 * const rows = { keys: tensor([0, 1, 2], [1, 1, 1, 3], 'int32'), weights: tensor([0.25, 0.25, 0.5], [1, 1, 1, 3]) };
 * const candidates = [slidingWindow({ left: 1, right: 0 })];
 * const [[{ kept }]] = await keptMass(rows, { candidates, queries: [2], length: 3 });
 * kept; // => 0.75
 */
export async function keptMass(rows: RowWeights, options: KeptMassOptions): Promise<readonly (readonly KeptMass[])[]> {
  requireKnown(caller, rows, { keys: 'tensor', weights: 'tensor' });
  requireKnown(caller, options, { candidates: true, queries: true, length: true, padding: 'padding' });
  const { candidates, queries, length, padding } = options;
  const { b, h, width, n } = dims(caller, { keys: [rows.keys, 'b h n width:int32'], weights: [rows.weights, 'b h n width:float32'] });
  requireInteger(caller, { length }, 1);
  requireIntegers(caller, 'queries', queries, 0);
  if (queries.length !== n || queries.some((query) => query >= length)) throw otherQueries({ rows: n, length }, queries);
  requireCandidates(caller, candidates);
  const named = candidates.map((candidate, at) => [`candidates[${at}]`, candidate] as const);
  requireMade(caller, named, { batch: b, heads: h });
  checkPadding(caller, padding, { batch: b, length });
  const [keys, weights] = await Promise.all([rows.keys.data<'int32'>(), rows.weights.data<'float32'>()]);
  const spansOf = rememberedSpans(candidates, length);
  const measured = Array.from({ length: h }, () => candidates.map(() => ({ kept: 0, queries: 0, lowest: 1 })));
  const before = new Float64Array(length + 1);
  for (let row = 0; row < b * h * n; row++) {
    const [batch, head, query] = [Math.floor(row / (h * n)), Math.floor(row / n) % h, queries[row % n] as number];
    if (padding?.isToken(batch, query) === false) continue;
    const from = row * width;
    massBefore(before, keys.subarray(from, from + width), weights.subarray(from, from + width));
    const all = before[length] as number;
    if (all === 0) continue;
    for (const [at, sum] of (measured[head] as (typeof measured)[number]).entries()) {
      const part = spansOf(at, head, batch, query).reduce(
        (s, { start, end }) => s + ((before[end] as number) - (before[start] as number)),
        0,
      );
      const share = Math.min(1, part / all);
      sum.kept += share;
      sum.queries++;
      sum.lowest = Math.min(sum.lowest, share);
    }
  }
  return measured;
}

/** The mass on the keys before each position; keys that a row does not list have none. */
function massBefore(before: Float64Array, keys: Int32Array, weights: Float32Array): void {
  before.fill(0);
  for (let at = 0; at < keys.length && (keys[at] as number) >= 0; at++) {
    const key = keys[at] as number;
    before[key + 1] = (before[key + 1] as number) + (weights[at] as number);
  }
  for (let key = 0; key + 1 < before.length; key++) before[key + 1] = (before[key + 1] as number) + (before[key] as number);
}

/** The keys that a query attends to under a candidate, found once for all heads and batch rows that share it. */
function rememberedSpans(
  candidates: readonly Mask[],
  length: number,
): (at: number, head: number, batch: number, query: number) => readonly Span[] {
  const found = new Map<string, readonly Span[]>();
  return (at, head, batch, query) => {
    const mask = candidates[at] as Mask;
    const key = `${at},${mask.heads === 1 ? 0 : head},${mask.batch === 1 ? 0 : batch},${query}`;
    const spans = found.get(key) ?? visibleSpans(mask.select({ head, batch }), query, length);
    found.set(key, spans);
    return spans;
  };
}

function visibleSpans(mask: Mask, query: number, length: number): readonly Span[] {
  const spans: Span[] = [];
  let start = -1;
  for (let key = 0; key <= length; key++) {
    const isVisible = key < length && mask.allows(query, key);
    if (isVisible && start < 0) start = key;
    if (isVisible || start < 0) continue;
    spans.push({ start, end: key });
    start = -1;
  }
  return spans;
}

const otherQueries = ({ rows, length }: { readonly rows: number; readonly length: number }, queries: readonly number[]): ConfigError =>
  new ConfigError({
    caller,
    problem: 'queries must be the positions of the rows.',
    expected: `${rows} integers of 0 … ${length - 1}  (set by rows and length)`,
    got: show(queries),
    remedy: 'give the queries that the rows were asked for with.',
  });
