import { errorsOf, requireInteger, requireKind, requireKnown, ShapeError, show } from '@longspan/core-tensor/error';

/** A model's loss, in nats, at each of the positions that are compared, when it is given that many tokens before each and no more. */
export type LossesAt = (contextLength: number) => ArrayLike<number> | Promise<ArrayLike<number>>;

export interface ReclOptions {
  /** The model group. All give losses of the same positions, in the same order. */
  readonly models: Readonly<Record<string, LossesAt>>;
  /** By how many tokens contexts grow; also the first context by default. */
  readonly step: number;
  /** The shortest context; the step by default. */
  readonly start?: number | undefined;
  /** The fraction of positions that count: those which the group predicts worst from the short context; 1 by default: all. */
  readonly ratio?: number | undefined;
  /** The relative gain below which a longer context is of no use; 0.01 by default, as in the paper. */
  readonly threshold?: number | undefined;
  /** The longest context to try. */
  readonly longest: number;
}

/** What a longer context brings: from `short` to `long` brings one model. */
export interface RelativeGain {
  readonly short: number;
  readonly long: number;
  /** The fraction by which perplexity falls below the group's best at the short context. */
  readonly gain: number;
}

export interface EffectiveContext {
  /** The relative effective context length, in tokens. */
  readonly length: number;
  /** Whether the gain was still above the threshold at `longest`: the length is then a lower bound. */
  readonly bounded: boolean;
  readonly gains: readonly RelativeGain[];
}

const caller = 'relativeEffectiveContextLength';

/**
 * The relative effective context length of each model of a group: how long a context it makes use of, where only what improves on the
 * group's best prediction from the shorter context counts. So a model gains nothing by being bad at short contexts.
 * For one step from c to c': b(t) = the least loss of all models at c; T = the fraction `ratio` of positions with the largest b;
 * f = the mean over T of min(b(t), loss of the model at c'); gain = 1 − exp(f − mean of b over T).
 * @throws ConfigError when an option is not possible or a loss is not finite; ShapeError when the models' losses are not of the same positions
 * @cost each model once at each context length until none gains any more; O(positions · log positions) for each step
 * @source Dai et al. 2019 (arXiv 1901.02860) appendix C
 * @example
 * const model = (most) => (context) => [3 - Math.min(context, most) / 100];
 * const { long, short } = await relativeEffectiveContextLength({ models: { long: model(150), short: model(50) }, step: 50, longest: 400 });
 * [short.length, long.length]; // => [50, 150]
 */
export async function relativeEffectiveContextLength(options: ReclOptions): Promise<Readonly<Record<string, EffectiveContext>>> {
  requireKnown(caller, options, { models: true, step: true, start: true, ratio: true, threshold: true, longest: true });
  requireKind(caller, 'models', options.models, 'record');
  for (const [name, lossesAt] of Object.entries(options.models)) requireKind(caller, `models.${name}`, lossesAt, 'function');
  const { models, step, start = step, ratio = 1, threshold = 0.01, longest } = options;
  requireInteger(caller, { step, start, longest }, 1);
  checkShares(ratio, threshold, Object.keys(models).length);
  const names = Object.keys(models);
  const gains = new Map<string, RelativeGain[]>(names.map((name) => [name, []]));
  const at = new Map<string, EffectiveContext>();
  let losses = await lossesOf(models, start);
  for (let short = start; at.size < names.length; short += step) {
    const long = short + step;
    if (long > longest) {
      for (const name of names) if (!at.has(name)) at.set(name, { length: short, bounded: true, gains: gains.get(name) ?? [] });
      break;
    }
    const longer = await lossesOf(models, long);
    const baseline = leastOf(losses);
    const worst = worstPositions(baseline, ratio);
    for (const name of names) {
      if (at.has(name)) continue;
      const gain = relativeGain(baseline, longer.get(name) as ArrayLike<number>, worst);
      gains.get(name)?.push({ short, long, gain });
      if (!(gain >= threshold)) at.set(name, { length: short, bounded: false, gains: gains.get(name) ?? [] });
    }
    losses = longer;
  }
  return Object.fromEntries(names.map((name) => [name, at.get(name) as EffectiveContext]));
}

async function lossesOf(models: ReclOptions['models'], context: number): Promise<ReadonlyMap<string, ArrayLike<number>>> {
  const found = new Map<string, ArrayLike<number>>();
  for (const [name, lossesAt] of Object.entries(models)) {
    const losses = await lossesAt(context);
    requireKind(caller, `what models.${name} gives`, losses, 'list');
    for (let at = 0; at < losses.length; at++) requireKind(caller, `loss ${at} that models.${name} gives`, losses[at], 'finite');
    found.set(name, losses);
  }
  const counts = [...found.values()].map(({ length }) => length);
  if (new Set(counts).size === 1 && counts[0] !== 0) return found;
  throw new ShapeError({
    caller,
    problem: 'all models must return a loss for each of the same positions.',
    expected: 'one loss for each position, equally many from each model',
    got: [...found].map(([name, { length }]) => `${name}: ${length}`).join(', '),
    remedy: 'compare the models at the same tokens of the same text, each with enough text before it.',
  });
}

/** b(c, t): what the whole group can do with the short context. */
function leastOf(losses: ReadonlyMap<string, ArrayLike<number>>): Float64Array {
  const [first, ...others] = [...losses.values()] as [ArrayLike<number>, ...ArrayLike<number>[]];
  return Float64Array.from(first, (loss, position) => Math.min(loss, ...others.map((other) => other[position] as number)));
}

function worstPositions(baseline: Float64Array, ratio: number): readonly number[] {
  const order = Array.from(baseline.keys()).sort((a, b) => (baseline[b] as number) - (baseline[a] as number) || a - b);
  return order.slice(0, Math.max(1, Math.round(ratio * baseline.length)));
}

function relativeGain(baseline: Float64Array, longer: ArrayLike<number>, positions: readonly number[]): number {
  const mean = (of: (position: number) => number): number => positions.reduce((sum, position) => sum + of(position), 0) / positions.length;
  const before = mean((position) => baseline[position] as number);
  const after = mean((position) => Math.min(baseline[position] as number, longer[position] as number));
  return 1 - Math.exp(after - before);
}

function checkShares(ratio: number, threshold: number, models: number): void {
  const { config } = errorsOf(caller);
  if (models === 0)
    throw config({
      problem: 'models must hold at least one model.',
      expected: 'a record of at least one',
      got: 'none',
      remedy: 'pass { name: (contextLength) => losses }.',
    });
  if (!(Number.isFinite(ratio) && ratio > 0 && ratio <= 1)) {
    throw config({
      problem: 'ratio must be in (0, 1].',
      expected: 'a number above 0, at most 1',
      got: show(ratio),
      remedy: 'use 0.1, 0.5 or 1, as the paper.',
    });
  }
  if (!(Number.isFinite(threshold) && threshold > 0 && threshold < 1)) {
    throw config({
      problem: 'threshold must be in (0, 1).',
      expected: 'a number between 0 and 1',
      got: show(threshold),
      remedy: 'use 0.01, as the paper.',
    });
  }
}
