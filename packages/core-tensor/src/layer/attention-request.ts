import type { RowWeights } from '../contracts/block-sparse-attention/rows-of-weights.ts';
import { ConfigError, requireIntegers, requireKind, requireKnown, show } from '../error/index.ts';
import { nearestNames } from '../error/nearest-names.ts';

/** Which rows of which softmaxes a layer or a model is asked for. */
export interface AttentionRequest {
  /**
   * The attentions, by number in the order of `attentions`, or by a name, or the start of one up to a dot: 'encoder.layer.3'. All of them by
   * default.
   */
  readonly layers?: readonly (number | string)[] | undefined;
  /** All heads by default. */
  readonly heads?: readonly number[] | undefined;
  /** Positions of the queries, among those of the attention itself: a layer over pooled vectors has fewer. */
  readonly queries: readonly number[];
}

/** The rows by the names of the attentions, dotted as those of parameters; of one that runs several times, those of the last run. */
export type AttentionRows = Readonly<Record<string, RowWeights>>;

/** A request within a layer: the names are those below it, '' for its own attention. */
export interface AskedRows extends AttentionRequest {
  readonly layers: readonly string[];
}

/** The request with the names of the attentions. @throws ConfigError for an attention that is not there */
export function askedRows(caller: string, request: AttentionRequest, attentions: readonly string[]): AskedRows {
  requireKind(caller, 'context.attentionWeights', request, 'record');
  requireKnown(`${caller} context.attentionWeights`, request, { layers: 'list', heads: 'list', queries: true });
  const { layers, heads, queries } = request;
  requireKind(caller, 'context.attentionWeights.queries', queries, 'list');
  requireIntegers(caller, 'context.attentionWeights.queries', queries, 0);
  if (heads !== undefined) requireIntegers(caller, 'context.attentionWeights.heads', heads, 0);
  const chosen = layers === undefined ? attentions : layers.flatMap((layer) => attentionsOf(caller, layer, attentions));
  return { layers: [...new Set(chosen)], heads, queries };
}

function attentionsOf(caller: string, layer: number | string, attentions: readonly string[]): readonly string[] {
  const found =
    typeof layer === 'number'
      ? attentions.slice(layer, layer + 1)
      : attentions.filter((name) => name === layer || name.startsWith(`${layer}.`));
  if (found.length > 0 && (typeof layer === 'string' || (Number.isInteger(layer) && layer >= 0))) return found;
  const near = nearestNames(String(layer), attentions);
  throw new ConfigError({
    caller,
    problem: 'context.attentionWeights.layers must name attentions.',
    expected: `integers of 0 … ${attentions.length - 1}, or names: ${near.join(', ')}${attentions.length > near.length ? ', …' : ''}`,
    got: show(layer),
    remedy: 'leave layers out for all of them.',
  });
}

/** What a part of that name is asked for; nothing where none of its attentions is. */
export function askedBelow(asked: AskedRows | undefined, part: string): AskedRows | undefined {
  if (asked === undefined) return undefined;
  const start = `${part}.`;
  const layers = asked.layers.flatMap((name) => (name === part ? [''] : name.startsWith(start) ? [name.slice(start.length)] : []));
  return layers.length === 0 ? undefined : { ...asked, layers };
}

/** The rows that parts gave, under the names that they have in the layer. */
export const rowsBelow = (part: string, rows: AttentionRows): readonly (readonly [string, RowWeights])[] =>
  Object.entries(rows).map(([name, each]) => [name === '' ? part : `${part}.${name}`, each]);

/** Throws unless all that were asked for were given. */
export function requireRows(caller: string, { layers }: AskedRows, given: AttentionRows | undefined): void {
  const missing = layers.find((name) => given === undefined || !Object.hasOwn(given, name));
  if (missing === undefined) return;
  throw new ConfigError({
    caller,
    problem: 'every attention that is asked for must run where its weights can be kept.',
    expected: `the weights of ${missing === '' ? 'the layer' : missing}`,
    got: 'none: it did not run, or it runs within a reversible sequence',
    remedy: 'leave it out of context.attentionWeights.layers, or use a plain sequence.',
  });
}
