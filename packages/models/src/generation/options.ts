import type { Padding } from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { type EndTokens, endTokensOf } from './processor/minimum-tokens.ts';
import type { LogitsProcessor } from './processor/processor.ts';
import { greedy } from './search/greedy.ts';
import type { Rules, Search } from './search/search.ts';
import { type GenerationState, requireGeneration } from './state.ts';
import type { StepContext, Steps } from './steps/steps.ts';
import { generateElsewhere } from './written-elsewhere.ts';

export interface GenerateOptions {
  /** How tokens are chosen: `greedy()` by default, `sample(…)` or `beamSearch(…)`. */
  readonly search?: Search | undefined;
  /** What changes the scores before that, in this order: `repetitionPenalty(1.3)`, `noRepeatNgrams(3)`, … */
  readonly processors?: readonly LogitsProcessor[] | undefined;
  /** New tokens of a sequence at most; its end token counts. This or maxLength must be given. */
  readonly maxNewTokens?: number | undefined;
  /** All tokens of a sequence at most, counted from the longest prompt, or the first token of a decoder. */
  readonly maxLength?: number | undefined;
  /** The tokens that end a sequence; those that the model names, or none, by default. */
  readonly endTokens?: EndTokens | undefined;
  /** What sequences that have ended are filled up with; the model's, or the first end token, or 0 by default. */
  readonly padToken?: number | undefined;
  /** Whether a sequence ends with its last token, besides by an end token. */
  readonly stop?: ((tokens: readonly number[]) => boolean) | undefined;
  /** Which of the ids are padding, where they are a tensor; none by default. */
  readonly padding?: Padding | undefined;
  /** What the model reads of its context besides padding, positions and state: `{ globals: [0] }` of LED. */
  readonly context?: StepContext | undefined;
  /** Ends the generation after the step at work: the result is then not finished. */
  readonly signal?: AbortSignal | undefined;
  /** Where to go on, with the same prompts and options; from the prompts by default. Stays the caller's. */
  readonly resume?: GenerationState | undefined;
}

const caller = 'generate';

/** What the options say, checked and filled up with what the model says. */
export interface Settings extends Omit<Rules, 'maxNewTokens'> {
  readonly search: Search;
  readonly maxNewTokens: number | undefined;
  readonly maxLength: number | undefined;
}

export function settingsOf(steps: Steps, options: GenerateOptions): Settings {
  requireKnown(
    caller,
    options,
    {
      search: 'record',
      processors: 'list',
      maxNewTokens: true,
      maxLength: true,
      endTokens: true,
      padToken: true,
      stop: 'function',
      padding: 'padding',
      context: 'record',
      signal: true,
      resume: 'record',
    },
    generateElsewhere,
  );
  const { search = greedy(), processors = [], maxNewTokens, maxLength, endTokens = steps.endTokens ?? [], stop, signal, resume } = options;
  for (const name of ['begin', 'advance', 'best'] as const) requireKind(caller, `search.${name}`, search[name], 'function');
  for (const [at, each] of processors.entries()) requireKind(caller, `processors[${at}]`, each, 'function');
  if (maxNewTokens === undefined && maxLength === undefined) throw noLimit();
  if (maxNewTokens !== undefined) requireInteger(caller, { maxNewTokens }, 1);
  if (maxLength !== undefined) requireInteger(caller, { maxLength }, 1);
  const ends = endTokensOf(caller, 'endTokens', endTokens);
  const padToken = options.padToken ?? steps.padToken ?? ends[0] ?? 0;
  requireInteger(caller, { padToken }, 0);
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') throw noSignal(signal);
  if (resume !== undefined) requireGeneration(caller, 'resume', resume);
  return { search, processors, maxNewTokens, maxLength, endTokens: ends, padToken, stop };
}

/** @param startLength tokens that a sequence begins with */
export function rulesOf({ search: _, maxNewTokens, maxLength, ...rules }: Settings, startLength: number): Rules {
  const byLength = maxLength === undefined ? Number.POSITIVE_INFINITY : maxLength - startLength;
  if (byLength >= 1) return { ...rules, maxNewTokens: Math.min(maxNewTokens ?? byLength, byLength) };
  throw new ConfigError({
    caller,
    problem: 'maxLength must be more than the tokens that sequences begin with.',
    expected: `at least ${startLength + 1}  (the longest prompt has ${startLength})`,
    got: String(maxLength),
    remedy: 'give maxNewTokens, which counts new tokens alone.',
  });
}

const noLimit = (): ConfigError =>
  new ConfigError({
    caller,
    problem: 'maxNewTokens or maxLength must be given: not every sequence ends by itself.',
    expected: 'maxNewTokens, an integer of at least 1',
    got: 'neither',
    remedy: 'write { maxNewTokens: 64 }.',
  });

const noSignal = (got: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'signal must be an AbortSignal.',
    expected: 'the signal of an AbortController',
    got: show(got),
    remedy: 'give controller.signal, or AbortSignal.timeout(ms).',
  });
