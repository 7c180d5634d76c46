import { disposeState, type LayerState, type Padding, type Parameters } from '@longspan/core-tensor';
import { ConfigError, show } from '@longspan/core-tensor/error';
import { checkParameters } from '@longspan/core-tensor/layer';
import { type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { type GenerateOptions, rulesOf, type Settings, settingsOf } from './options.ts';
import { checkPrompts, idsOf, type PromptIds, type Prompts, readPrompts, repeated } from './prompts.ts';
import { reorderedState } from './reordered-state.ts';
import { rowsOfLogits } from './rows-of-logits.ts';
import type { Candidate, Progress } from './search/search.ts';
import type { GenerationState } from './state.ts';
import { type GenerationModel, requireModel, stepsOf } from './steps/of-layer.ts';
import type { StepResult, Steps } from './steps/steps.ts';
import { isFinished } from './stop.ts';

/** What a step chose. */
export interface GeneratedStep {
  /** For each sequence that the model reads its newest token, all sequences of a prompt after each other; padToken where it has ended. */
  readonly tokens: readonly number[];
  /** What they were chosen by, for each sequence that was read: logits, or log-probabilities in beam search, after the processors. */
  readonly scores: readonly Float64Array[];
  /** For each prompt its sequences so far, the best first. */
  readonly sequences: readonly (readonly Candidate[])[];
  /** Where the generation stands. Its tensors live until the next step is asked for: `writeGeneration` keeps them. */
  readonly state: GenerationState;
}

export interface Generated {
  /** For each prompt its sequences, the best first: its own tokens, or the first token of a decoder, then the new ones. */
  readonly sequences: readonly (readonly Candidate[])[];
  /** False where the signal, or whoever read the steps, ended it before all sequences were. */
  readonly isFinished: boolean;
  /** For each prompt the tokens that its sequences begin with: `tokens.slice(starts[0].length)` are the new ones. */
  readonly starts: readonly (readonly number[])[];
}

/** A generation: its steps one by one, and what came of it. Nothing happens before the first of them is asked for. */
export interface Generation extends AsyncIterable<GeneratedStep> {
  /** Takes the steps that are left, and gives the sequences. */
  result(): Promise<Generated>;
}

const caller = 'generate';
/** Timers, and in a page the user, get their turn at least that often, in ms. */
const longestStretch = 50;

/**
 * Goes on with prompts, token by token: greedily, by drawing, or by beam search, with any model that gives logits of the next token: a layer
 * (read with its state where it keeps keys or a memory, else as a whole at each step), or one that says itself how it is read, as LED does.
 *
 * Prompts may have several lengths: they are filled up at their beginnings, or where an encoder reads them at their ends, and the padding is
 * hidden, so that each goes on as if it stood alone; a model that takes no padding needs prompts of one length.
 *
 * Each step holds the state of the generation. Written by `writeGeneration` and given back as `resume`, with the same prompts and options, it
 * goes on to the same tokens as without the break. A `break` out of the steps, and the signal, end it; `result` then gives what there is.
 * @shape ids int32 [b, n], or a list of tokens for each prompt
 * @throws ConfigError, ShapeError when an option or the prompts cannot be right; while it runs: what the model throws, ConfigError for logits
 *   that are NaN
 * @cost for each token that of the model for one row a sequence, and one read of [rows, vocabulary] logits
 * @source generate of Hugging Face transformers 4.57
 * @example
 * const attention = multiHeadAttention({ width: 4, heads: 2, mask: causal(), cache: true });
 * const model = languageModel({ vocabulary: 5, width: 4, layers: { attention } });
 * const { sequences, isFinished } = await generate(model, model.init(createKey(0)), [[1, 2], [3]], { maxNewTokens: 4 }).result();
 * [isFinished, sequences[0][0].tokens.length, sequences[1][0].tokens.length]; // => [true, 6, 5]
 */
export function generate(model: GenerationModel, parameters: Parameters, ids: PromptIds, options: GenerateOptions): Generation {
  requireModel(caller, model);
  const steps = stepsOf(model);
  checkParameters(caller, steps.spec, parameters);
  const settings = settingsOf(steps, options);
  checkPrompts(caller, ids, options.padding);
  const run: Run = { steps, parameters, settings, options, readPrompts: () => promptsOf(ids, options, steps, settings) };
  const reached: Reached = { progress: undefined, starts: [] };
  const each = stepsOfRun(run, reached);
  return {
    [Symbol.asyncIterator]: () => each,
    async result() {
      for await (const _ of each); // each step disposes what the one before kept
      const { progress, starts } = reached;
      return {
        sequences: progress === undefined ? [] : sequencesOf(settings, progress),
        isFinished: progress !== undefined && isFinished(progress.prompts),
        starts,
      };
    },
  };
}

interface Run {
  readonly steps: Steps;
  readonly parameters: Parameters;
  readonly settings: Settings;
  readonly options: GenerateOptions;
  readonly readPrompts: () => Promise<Prompts>;
}

/** How far it has come, for who asks afterwards. */
interface Reached {
  progress: Progress | undefined;
  starts: readonly (readonly number[])[];
}

const promptsOf = (ids: PromptIds, { padding }: GenerateOptions, { side }: Steps, { padToken }: Settings): Promise<Prompts> =>
  readPrompts(caller, ids, { padding, side, padToken });

const sequencesOf = ({ search }: Settings, { prompts, newTokens }: Progress): readonly (readonly Candidate[])[] =>
  prompts.map((prompt) => search.best(prompt, newTokens));

async function* stepsOfRun(run: Run, reached: Reached): AsyncGenerator<GeneratedStep, void> {
  const { steps, settings, options } = run;
  const { search } = settings;
  const { signal, resume } = options;
  const prompts = await run.readPrompts();
  const starts = prompts.tokens.map((tokens) => (steps.firstToken === undefined ? tokens : [steps.firstToken]));
  const rules = rulesOf(settings, steps.firstToken === undefined ? prompts.length : 1);
  let progress = resume?.progress ?? search.begin(starts);
  if (resume !== undefined) requireSamePrompts(resume.progress, starts, search.rows);
  Object.assign(reached, { progress, starts });
  const padding = repeated(prompts.padding, starts.length, search.rows);
  const kept = keptState(resume?.state);
  let lastTurn = performance.now();
  try {
    while (!isFinished(progress.prompts) && signal?.aborted !== true) {
      const isStart = progress.newTokens === 0;
      const found = isStart ? start(run, prompts) : next(run, { progress, padding, state: kept.state() });
      kept.replace(found.state);
      const logits = await read(found.logits);
      // Before the first step all sequences of a prompt are one.
      const each = isStart ? starts.flatMap((_, at) => Array.from({ length: search.rows }, () => logits[at] as Float64Array)) : logits;
      const choice = search.advance(progress, each, rules);
      const order = orderOf(choice.order, { isStart, rows: search.rows, count: each.length });
      if (order !== undefined) {
        const isShared = isStart ? undefined : steps.isShared;
        kept.replace(tidy(() => reorderedState(kept.state(), { order, isShared })));
      }
      progress = choice.progress;
      reached.progress = progress;
      if (performance.now() - lastTurn > longestStretch) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        lastTurn = performance.now();
      }
      const { tokens, scores } = choice;
      yield { tokens, scores, sequences: sequencesOf(settings, progress), state: { progress, state: kept.state() } };
    }
  } finally {
    kept.dispose();
  }
}

/** Keeps what a step gives, and nothing else that it made. */
const tidied = (step: () => StepResult): StepResult => tidy(() => ({ ...step() })) as StepResult;

const start = ({ steps, parameters, options }: Run, prompts: Prompts): StepResult =>
  tidied(() => steps.start(parameters, { ids: idsOf(prompts), padding: prompts.padding, read: 0 }, options.context ?? {}));

interface Read {
  readonly progress: Progress;
  readonly padding: Padding | undefined;
  readonly state: LayerState;
}

function next({ steps, parameters, settings, options }: Run, { progress, padding, state }: Read): StepResult {
  const rows = progress.prompts.flatMap(({ running }) => running);
  const tokens = rows.map(({ tokens, isEnded }) => (isEnded ? settings.padToken : (tokens.at(-1) as number)));
  return tidied(() => {
    const ids = tensor2d(tokens, [rows.length, 1], 'int32');
    return steps.next(parameters, { ids, padding, read: progress.newTokens }, state, options.context ?? {});
  });
}

async function read(logits: Tensor): Promise<readonly Float64Array[]> {
  try {
    return await rowsOfLogits(caller, logits);
  } finally {
    logits.dispose();
  }
}

/** The rows that the model's state goes on with; undefined where they stay as they are. */
function orderOf(
  chosen: readonly number[] | undefined,
  { isStart, rows, count }: { readonly isStart: boolean; readonly rows: number; readonly count: number },
): readonly number[] | undefined {
  const order = chosen ?? Array.from({ length: count }, (_, row) => row);
  if (isStart && rows > 1) return order.map((row) => Math.floor(row / rows));
  return order.every((from, row) => from === row) ? undefined : order;
}

/** The model's state: what it replaces is disposed, unless it goes on in what comes, or is the caller's. */
function keptState(given: LayerState | undefined) {
  const isCallers = new Set(Object.values(given ?? {}));
  let state: LayerState = given ?? {};
  const release = (goingOn: LayerState): void => {
    const stays = new Set(Object.values(goingOn));
    disposeState(Object.fromEntries(Object.entries(state).filter(([, each]) => !stays.has(each) && !isCallers.has(each))));
  };
  return {
    state: () => state,
    replace(next: LayerState): void {
      release(next);
      state = next;
    },
    dispose: () => release({}),
  };
}

function requireSamePrompts({ prompts }: Progress, starts: readonly (readonly number[])[], rows: number): void {
  const isOf = (start: readonly number[], at: number): boolean => {
    const running = prompts[at]?.running ?? [];
    return running.length === rows && running.every(({ tokens }) => start.every((token, place) => tokens[place] === token));
  };
  if (prompts.length === starts.length && starts.every(isOf)) return;
  throw new ConfigError({
    caller,
    problem: 'resume must be the state of a generation with the same prompts and the same search.',
    expected: `${starts.length} prompts, ${rows} sequences each, that begin as these do`,
    got: show(prompts.map(({ running }) => running.map(({ tokens }) => tokens.length))),
    remedy: 'give the prompts and the search that the state was made with.',
  });
}
