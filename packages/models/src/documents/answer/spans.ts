/** Logits of the tokens of one window that may begin and end an answer. */
export interface WindowLogits {
  /** The document's number of the first of them. */
  readonly first: number;
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
  /** Those of the first token of all, where the model says that there is no answer; undefined where there is no such token. */
  readonly none?: { readonly start: number; readonly end: number } | undefined;
}

/** An answer by its tokens, half-open. */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
  /** Its probability among all spans of all windows and no answer. */
  readonly score: number;
}

export interface BestSpans {
  /** The best first, none overlapping another. */
  readonly spans: readonly TokenSpan[];
  /** The probability that there is none; undefined where the model has no token that says so. */
  readonly none: number | undefined;
}

/** Logits of windows, of which the best spans are to be found once all are there. */
export interface SpanSearch {
  add(window: WindowLogits): void;
  /** @param keep whether a span may be an answer */
  best(top: number, keep?: (span: Omit<TokenSpan, 'score'>) => boolean): BestSpans;
}

/**
 * Finds the best spans of all windows together. Scores of windows are comparable, for one softmax goes over the starts of all of them, and one
 * over the ends: a softmax for each window would make the best span of a window without an answer as sure as that of the window with it. That
 * there is no answer counts as one place more, with the logits of the window that is least sure of it: an answer in one window is enough.
 * @cost O(tokens) for each window, and no pair of a start and an end beyond the best end of each start; 16 bytes a token are kept
 * @source shared normalisation: Clark and Gardner 2018 (arXiv 1710.10723) §3.2; the least null score: run_squad of Devlin et al. 2019
 */
export function spanSearch({ maxAnswerTokens }: { readonly maxAnswerTokens: number }): SpanSearch {
  const found: { readonly start: number; readonly end: number; readonly logit: number }[] = [];
  const [starts, ends] = [logSum(), logSum()];
  let none: { readonly start: number; readonly end: number } | undefined;
  return {
    add(window) {
      const { first, start, end } = window;
      bestEnds(end, maxAnswerTokens).forEach((last, at) => {
        const logit = (start[at] as number) + (end[last] as number);
        found.push({ start: first + at, end: first + last + 1, logit });
      });
      for (let at = 0; at < start.length; at++) {
        starts.add(start[at] as number);
        ends.add(end[at] as number);
      }
      if (window.none !== undefined && (none === undefined || sum(window.none) < sum(none))) none = window.none;
    },
    best(top, keep = () => true) {
      const total = starts.value(none?.start) + ends.value(none?.end);
      const spans: TokenSpan[] = [];
      for (const { start, end, logit } of found.sort((a, b) => b.logit - a.logit || a.start - b.start)) {
        if (spans.length === top) break;
        if (spans.some((other) => start < other.end && other.start < end) || !keep({ start, end })) continue;
        spans.push({ start, end, score: Math.exp(logit - total) });
      }
      return { spans, none: none === undefined ? undefined : Math.exp(sum(none) - total) };
    },
  };
}

const sum = ({ start, end }: { readonly start: number; readonly end: number }): number => start + end;

/** For each start the best end, at most that many tokens from it: the largest of a window that slides, by a queue that descends. */
function bestEnds(ends: ArrayLike<number>, most: number): Int32Array {
  const best = new Int32Array(ends.length);
  const queue = new Int32Array(ends.length);
  let [head, tail] = [0, 0];
  for (let at = ends.length - 1; at >= 0; at--) {
    while (tail > head && (ends[queue[tail - 1] as number] as number) <= (ends[at] as number)) tail--;
    queue[tail++] = at;
    while ((queue[head] as number) >= at + most) head++;
    best[at] = queue[head] as number;
  }
  return best;
}

/** The logarithm of a sum of exponentials, as they come. */
function logSum() {
  let [largest, total] = [Number.NEGATIVE_INFINITY, 0];
  const withOne = (logit: number): { readonly largest: number; readonly total: number } =>
    logit <= largest
      ? { largest, total: total + Math.exp(logit - largest) }
      : { largest: logit, total: total * Math.exp(largest - logit) + 1 };
  return {
    add(logit: number): void {
      ({ largest, total } = withOne(logit));
    },
    /** With one more. */
    value(logit: number | undefined): number {
      const whole = logit === undefined ? { largest, total } : withOne(logit);
      return whole.largest + Math.log(whole.total);
    },
  };
}
