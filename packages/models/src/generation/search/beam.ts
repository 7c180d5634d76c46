import { ConfigError, requireInteger, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { processed } from '../processor/processor.ts';
import { isEnd } from '../stop.ts';
import { logSoftmax } from './log-softmax.ts';
import type { Candidate, Choice, Progress, PromptProgress, Rules, Search } from './search.ts';

export interface BeamOptions {
  /** Sequences that go on side by side. */
  readonly beams: number;
  /** The exponent of the length that scores are divided by: above 0 longer sequences win, below 0 shorter ones; 1 by default. */
  readonly lengthPenalty?: number | undefined;
  /**
   * Whether a prompt is done as soon as it has as many finished sequences as beams (true); or when the best running one is not better, by the
   * length that it has (false, by default), or by the length that it may reach ('never').
   */
  readonly earlyStopping?: boolean | 'never' | undefined;
  /** Sequences for each prompt, the best first; 1 by default. */
  readonly returned?: number | undefined;
}

const caller = 'beamSearch';

/**
 * Beam search: the likeliest sequences side by side. Each step takes the best continuations of all beams of a prompt, twice as many as
 * beams; those that end count as finished where they are among the best `beams` of them, the best that do not end go on.
 * The score of a finished sequence is the sum of the log-probabilities of its new tokens, divided by their number to the power of
 * `lengthPenalty`.
 * @throws ConfigError for an option that is not possible
 * @cost one pass over the vocabulary for each beam a step; the model reads `beams` rows for each prompt
 * @source beam search of Hugging Face transformers 4.57
 * @example
 * beamSearch({ beams: 4, lengthPenalty: 2 }).rows; // => 4
 */
export function beamSearch(options: BeamOptions): Search {
  requireKnown(caller, options, { beams: true, lengthPenalty: 'finite', earlyStopping: true, returned: true });
  const { beams, lengthPenalty = 1, earlyStopping = false, returned = 1 } = options;
  requireInteger(caller, { beams, returned }, 1);
  requireKind(caller, 'lengthPenalty', lengthPenalty, 'finite');
  requireReturned(returned, beams);
  requireStopping(earlyStopping);
  const settings = { beams, lengthPenalty, earlyStopping };
  return {
    name: caller,
    rows: beams,
    returned,
    begin: (starts) => ({
      newTokens: 0,
      prompts: starts.map((tokens) => ({
        running: withNone([{ tokens, score: 0, isEnded: false }], beams),
        finished: [],
        isDone: false,
      })),
    }),
    advance({ newTokens, prompts }: Progress, logits, rules: Rules): Choice {
      const scores = prompts.flatMap(({ running }, at) =>
        running.map((candidate, beam) => {
          const sequence = { tokens: candidate.tokens, newTokens, maxNewTokens: rules.maxNewTokens };
          return processed(rules.processors, logSoftmax(logits[at * beams + beam] as Float64Array), sequence);
        }),
      );
      const steps = prompts.map((prompt, at) =>
        prompt.isDone
          ? asItStands(prompt, rules)
          : step(prompt, scores.slice(at * beams, (at + 1) * beams), { ...settings, rules, length: newTokens + 1 }),
      );
      return {
        progress: { newTokens: newTokens + 1, prompts: steps.map(({ prompt }) => prompt) },
        tokens: steps.flatMap(({ tokens }) => tokens),
        order: steps.flatMap(({ from }, at) => from.map((beam) => at * beams + beam)),
        scores,
      };
    },
    best({ finished, running, isDone }: PromptProgress, newTokens) {
      if (isDone && finished.length > 0) return finished.slice(0, returned);
      const soFar = running.filter(({ score }) => score > Number.NEGATIVE_INFINITY);
      const scored = soFar.map((each) => ({ ...each, score: each.score / newTokens ** lengthPenalty }));
      return best([...finished, ...(newTokens === 0 ? soFar : scored)], returned);
    },
  };
}

interface StepSettings {
  readonly beams: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean | 'never';
  readonly rules: Rules;
  /** New tokens after this step. */
  readonly length: number;
}

interface Step {
  readonly prompt: PromptProgress;
  readonly tokens: readonly number[];
  readonly from: readonly number[];
}

function step(before: PromptProgress, scores: readonly Float64Array[], settings: StepSettings): Step {
  const { beams, lengthPenalty, earlyStopping, rules, length } = settings;
  const isLast = length >= rules.maxNewTokens;
  // At least as many that go on as there are beams, whichever of the others end.
  const found = continuations(before.running, scores, beams * Math.max(2, 1 + rules.endTokens.length)).map(({ beam, token, score }) => {
    const tokens = [...(before.running[beam] as Candidate).tokens, token];
    return { beam, token, tokens, score, isEnded: isLast || isEnd(rules, tokens) };
  });
  const goingOn = found.filter(({ isEnded }) => !isEnded).slice(0, beams);
  const ended = found.slice(0, beams).filter(({ isEnded }) => isEnded);
  const normalized = ended.map(({ tokens, score }): Candidate => ({ tokens, score: score / length ** lengthPenalty, isEnded: true }));
  const finished = best([...before.finished, ...normalized], beams);
  const isFull = finished.length === beams;
  const longest = earlyStopping === 'never' && lengthPenalty > 0 ? rules.maxNewTokens : length;
  const hope = (goingOn[0]?.score ?? Number.NEGATIVE_INFINITY) / longest ** lengthPenalty;
  const isBetter = goingOn.length > 0 && (!isFull || hope > (finished.at(-1) as Candidate).score);
  const running = goingOn.map(({ tokens, score }): Candidate => ({ tokens, score, isEnded: false }));
  const rows = Array.from({ length: beams }, (_, at) => goingOn[at]);
  return {
    prompt: {
      running: withNone(running.length > 0 ? running : before.running.slice(0, 1).map(asNone), beams),
      finished,
      isDone: !isBetter || (earlyStopping === true && isFull),
    },
    tokens: rows.map((each) => each?.token ?? rules.padToken),
    from: rows.map((each) => each?.beam ?? 0),
  };
}

/** A prompt that is done: its rows of the model go on for nothing until the others are. */
const asItStands = (prompt: PromptProgress, { padToken }: Rules): Step => ({
  prompt,
  tokens: prompt.running.map(() => padToken),
  from: [...prompt.running.keys()],
});

const asNone = ({ tokens }: Candidate): Candidate => ({ tokens, score: Number.NEGATIVE_INFINITY, isEnded: true });

/** Filled up with candidates that stand for none. */
const withNone = (candidates: readonly Candidate[], beams: number): readonly Candidate[] => [
  ...candidates,
  ...Array.from({ length: beams - candidates.length }, () => asNone(candidates[0] as Candidate)),
];

/** The best first; of those that tie the earlier. */
const best = (candidates: readonly Candidate[], count: number): readonly Candidate[] =>
  [...candidates].sort((a, b) => b.score - a.score).slice(0, count);

interface Continuation {
  readonly beam: number;
  readonly token: number;
  readonly score: number;
}

/** The best continuations of all beams, the best first; of those that tie the first beam's first token. */
function continuations(running: readonly Candidate[], scores: readonly Float64Array[], count: number): readonly Continuation[] {
  const found: Continuation[] = [];
  for (const [beam, { score: sum }] of running.entries()) {
    for (const [token, each] of (scores[beam] as Float64Array).entries()) {
      const score = sum + each;
      if (score === Number.NEGATIVE_INFINITY || (found.length === count && score <= (found[count - 1] as Continuation).score)) continue;
      let at = found.length;
      while (at > 0 && (found[at - 1] as Continuation).score < score) at--;
      found.splice(at, 0, { beam, token, score });
      if (found.length > count) found.pop();
    }
  }
  return found;
}

function requireReturned(returned: number, beams: number): void {
  if (returned <= beams) return;
  throw new ConfigError({
    caller,
    problem: 'returned must be at most beams.',
    expected: `1 … ${beams}  (beams)`,
    got: show(returned),
    remedy: 'search with more beams.',
  });
}

function requireStopping(earlyStopping: boolean | 'never'): void {
  if ([true, false, 'never'].includes(earlyStopping)) return;
  throw new ConfigError({
    caller,
    problem: "earlyStopping must be true, false or 'never'.",
    expected: "true, false or 'never'",
    got: show(earlyStopping),
    remedy: 'leave it out for false, as in Hugging Face.',
  });
}
