import { ConfigError } from '@longspan/core-tensor/error';
import { concat, slice, type Tensor } from '@tensorflow/tfjs-core';
import type { Mask, Span } from '../../mask/index.ts';

/** Beyond the end of every sequence, and small enough for sums of a few of them. */
const END = 2 ** 40;

/**
 * The tokens before a position that queries from there on may still attend to: all that a cache has to keep. For a window the last of it,
 * for a window with global tokens those too. It follows from the mask alone, by descent where its `cover` says 'some'.
 * @returns ascending runs of positions
 */
export function keptBefore(mask: Mask, position: number): readonly Span[] {
  const queries = { start: position, end: END };
  const runs: Span[] = [];
  const add = (keys: Span): void => {
    const last = runs.at(-1);
    if (last?.end === keys.start) runs[runs.length - 1] = { start: last.start, end: keys.end };
    else runs.push(keys);
  };
  const descend = (keys: Span): void => {
    const cover = mask.cover(queries, keys);
    if (cover === 'none') return;
    if (cover === 'all' || keys.end - keys.start === 1) {
      add(keys);
      return;
    }
    const middle = Math.floor((keys.start + keys.end) / 2);
    descend({ start: keys.start, end: middle });
    descend({ start: middle, end: keys.end });
  };
  if (position > 0) descend({ start: 0, end: position });
  return runs;
}

export const lengthOf = (runs: readonly Span[]): number => runs.reduce((sum, { start, end }) => sum + end - start, 0);

/** Tokens and those that follow them directly, as one list of runs. */
export function withNext(runs: readonly Span[], next: Span): readonly Span[] {
  const last = runs.at(-1);
  return last?.end === next.start ? [...runs.slice(0, -1), { start: last.start, end: next.end }] : [...runs, next];
}

/**
 * Of tokens that stand at `runs` those that stand at `wanted`; undefined where none is wanted.
 * @shape x [b, h, n, d] -> [b, h, …, d]
 */
export function tokensAt(x: Tensor, runs: readonly Span[], wanted: readonly Span[]): Tensor | undefined {
  const pieces: Tensor[] = [];
  let first = 0;
  for (const run of runs) {
    for (const { start, end } of wanted) {
      const [from, to] = [Math.max(start, run.start), Math.min(end, run.end)];
      if (from < to) pieces.push(slice(x, [0, 0, first + from - run.start, 0], [-1, -1, to - from, -1]));
    }
    first += run.end - run.start;
  }
  if (pieces.length === 0) return undefined;
  return pieces.length === 1 ? (pieces[0] as Tensor) : concat(pieces, 2);
}

/** Throws unless a mask lets no token up to `end` attend to what comes after it, so that a later step changes nothing. */
export function requireCausal(caller: string, mask: Mask, { start, end }: Span): void {
  if (mask.cover({ start, end }, { start: end, end: END }) === 'none') return;
  throw new ConfigError({
    caller,
    problem: 'the mask of a layer with a cache must be causal: no token may attend to a later one.',
    expected: 'a causal mask',
    got: mask.name,
    remedy: 'add .and(causal()).',
  });
}
