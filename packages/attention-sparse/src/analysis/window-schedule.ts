import { ConfigError, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import { dilatedWindow, type Mask, slidingWindow } from '../mask/index.ts';

/** One layer of a schedule. */
export interface ScheduledLayer {
  readonly mask: Mask;
  /** Tokens to the left of a query that this layer attends to, at most. */
  readonly left: number;
  /** Tokens to the left from which something can reach this layer's output, through all layers below it. */
  readonly reach: number;
}

export interface WindowScheduleOptions {
  readonly layers: number;
  /** How many times as far each layer attends as the one below it; 2 by default. */
  readonly growth?: number | undefined;
  /** Whether queries attend to nothing after themselves; false by default: windows are the same on both sides. */
  readonly causal?: boolean | undefined;
}

/**
 * A schedule of sliding windows, one per layer, each `growth` times as wide as the one below: low layers attend nearby, high ones far away.
 * Cost grows with the sum of the windows, and so does the reach. First layer first; the sizes of windows are rounded.
 * @param options.first tokens to the left that the first layer attends to
 * @param options.most no layer attends to more tokens to the left than this; no limit by default
 * @returns masks for `sparseAttention` and for `receptiveField`, with each layer's reach
 * @throws ConfigError when a number does not fit
 * @cost nothing but the masks
 * @source Beltagy et al. 2020 (arXiv 2004.05150) §4.1 widens its windows from layer to layer; Sukhbaatar et al. 2019 (arXiv 1905.07799)
 *   §4.2 finds that learned spans do the same
 * @example
 * const layers = windowSchedule({ layers: 4, first: 32, growth: 2, most: 128, causal: true });
 * layers.map(({ left, reach }) => [left, reach]); // => [[32, 32], [64, 96], [128, 224], [128, 352]]
 * layers[1].mask.name; // => 'slidingWindow({ left: 64, right: 0 })'
 */
export function windowSchedule(
  options: WindowScheduleOptions & { readonly first: number; readonly most?: number | undefined },
): readonly ScheduledLayer[] {
  const caller = 'windowSchedule';
  requireKnown(caller, options, { layers: true, first: true, growth: true, most: true, causal: 'flag' });
  const { layers, first, growth = 2, most = Number.POSITIVE_INFINITY, causal = false } = options;
  requireInteger(caller, { layers }, 1, { atMost: 10_000 });
  requireInteger(caller, { first }, 1);
  if (options.most !== undefined) requireInteger(caller, { most }, 1);
  requireGrowth(caller, growth);
  const lefts = Array.from({ length: layers }, (_, layer) => Math.min(most, Math.round(first * growth ** layer)));
  return withReach(lefts.map((left) => ({ left, mask: slidingWindow({ left, right: causal ? 0 : left }) })));
}

/**
 * A schedule of dilated windows, one per layer: each attends to as many keys as the one below, `growth` times as far apart. The cost of a
 * layer in pairs stays the same while the reach grows geometrically. Gaps of one layer are filled by those below where growth ≤ left + 1.
 * @param options.left keys to the left that each layer attends to
 * @returns masks for `sparseAttention` and for `receptiveField`, with each layer's reach
 * @throws ConfigError when a number does not fit, or when growth leaves tokens that nothing can reach
 * @cost nothing but the masks; a dilation scatters keys, so blocks visited grow with it up to dilation = blockSize
 * @source van den Oord et al. 2016 (arXiv 1609.03499) §2.1; Longformer (arXiv 2004.05150) §3.1 for attention
 * @example
 * const layers = dilationSchedule({ layers: 3, left: 1, causal: true });
 * layers.map(({ left, reach }) => [left, reach]); // => [[1, 1], [2, 3], [4, 7]]
 * receptiveFieldOf(layers.map(({ mask }) => mask), { query: 9, length: 12 })[2].map(({ start, end }) => [start, end]); // => [[2, 10]]
 */
export function dilationSchedule(options: WindowScheduleOptions & { readonly left: number }): readonly ScheduledLayer[] {
  const caller = 'dilationSchedule';
  requireKnown(caller, options, { layers: true, left: true, growth: true, causal: 'flag' });
  const { layers, left, growth = 2, causal = false } = options;
  requireInteger(caller, { layers }, 1, { atMost: 10_000 });
  requireInteger(caller, { left, growth }, 1);
  // With 2 · left + 1 keys on both sides a larger growth has no gaps either, but only by detours, which end at the sequence's ends.
  const widest = left + 1;
  if (growth > widest) {
    throw new ConfigError({
      caller,
      problem: 'growth must be at most left + 1, or no layer fills the gaps of the next.',
      expected: `at most ${widest} (left + 1)`,
      got: String(growth),
      remedy: `use a smaller growth, or left of at least ${growth - 1}.`,
    });
  }
  return withReach(
    Array.from({ length: layers }, (_, layer) => {
      const dilation = growth ** layer;
      return { left: left * dilation, mask: dilatedWindow({ left, right: causal ? 0 : left, dilation }) };
    }),
  );
}

/** What reaches a layer's output is what its window shows and what had reached that below: the windows add up. */
function withReach(layers: readonly Omit<ScheduledLayer, 'reach'>[]): readonly ScheduledLayer[] {
  let reach = 0;
  return layers.map((layer) => {
    reach += layer.left;
    return { ...layer, reach };
  });
}

function requireGrowth(caller: string, growth: number): void {
  if (Number.isFinite(growth) && growth >= 1) return;
  throw new ConfigError({
    caller,
    problem: 'growth must be a factor of at least 1.',
    expected: 'a number of at least 1',
    got: show(growth),
    remedy: 'use 2 to double the window from layer to layer, or 1 for the same window in all.',
  });
}
