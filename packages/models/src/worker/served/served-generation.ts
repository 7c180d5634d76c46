import { interruptible, type Key, type Parameters } from '@longspan/core-tensor';
import type { ConfigJson } from '../../config/read-config.ts';
import type { Generated, Generation, GenerationModel, Steps } from '../../generation/index.ts';
import type { Candidate } from '../../generation/search/search.ts';
import { checkOf, isRaised, type StopFlag } from '../stop-flag.ts';

/** What a generation in a worker is told: plain data, and what `Sent` makes it. */
export interface GenerateOrder {
  readonly ids: readonly (readonly number[])[];
  /** Keys of generation_config.json. */
  readonly config: ConfigJson;
  readonly key?: Key | undefined;
  readonly context?: Readonly<Record<string, unknown>> | undefined;
}

/** A step as it crosses: without scores and state, which are large. */
export interface SentStep {
  readonly tokens: readonly number[];
  readonly sequences: readonly (readonly Candidate[])[];
}

export interface ServedGeneration {
  /** Undefined after the last one. */
  step(): Promise<SentStep | undefined>;
  /** What came of the steps that were taken, after the last one. */
  result(): Promise<Generated>;
  end(): Promise<void>;
}

/** The flag ends a step from within: what it had chosen before is the result. */
export async function servedGeneration(
  model: GenerationModel,
  parameters: Parameters,
  { ids, config, key, context }: GenerateOrder,
  flag: StopFlag | undefined,
): Promise<ServedGeneration> {
  const { generate, generationOptions } = await import('../../generation/index.ts');
  const { stepsOf } = await import('../../generation/steps/of-layer.ts');
  const between = new AbortController(); // the flag, for what is between steps
  const options = { ...generationOptions(config, key), ...(context === undefined ? {} : { context }), signal: between.signal };
  const generation: Generation = generate(stoppable(stepsOf(model), flag), parameters, ids, options);
  const steps = generation[Symbol.asyncIterator]();
  return {
    async step() {
      if (isRaised(flag)) between.abort();
      try {
        const { done, value } = await steps.next();
        return done ? undefined : { tokens: value.tokens, sequences: value.sequences };
      } catch (error) {
        if (isRaised(flag)) return undefined;
        throw error;
      }
    },
    result: () => generation.result(),
    end: async () => void (await steps.return?.()),
  };
}

function stoppable(steps: Steps, flag: StopFlag | undefined): Steps {
  if (flag === undefined) return steps;
  const check = checkOf(flag);
  return {
    ...steps,
    start: (...given) => interruptible(check, () => steps.start(...given)),
    next: (...given) => interruptible(check, () => steps.next(...given)),
  };
}
