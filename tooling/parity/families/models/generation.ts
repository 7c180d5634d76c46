import type { Padding, Parameters } from '@longspan/core-tensor';
import { padding } from '@longspan/core-tensor';
import {
  type Candidate,
  type GeneratedStep,
  type GenerateOptions,
  type GenerationModel,
  generate,
  generationOptions,
} from '@longspan/models/generation';
import type { Values } from '../../compare.ts';
import { type Fixture, stored } from '../../fixture.ts';
import type { Inputs } from '../../inputs.ts';
import { rowsOf } from '../rows.ts';

/** What stands for a token that must not follow. */
const forbidden = -1e9;

export interface Replayed {
  readonly model: GenerationModel;
  readonly parameters: Parameters;
  readonly padToken: number;
  readonly options?: Partial<GenerateOptions> | undefined;
  /** More outputs of each step; those of the last one are compared. */
  readonly also?: ((step: GeneratedStep) => Promise<Readonly<Record<string, Values>>>) | undefined;
}

/** The sequences, scores and what else a family names, of config.generate. */
export async function generated(fixture: Fixture, inputs: Inputs, given: Replayed): Promise<Readonly<Record<string, Values>>> {
  const { model, parameters, padToken, also } = given;
  const options: GenerateOptions = { ...optionsOf(fixture), padToken, ...given.options };
  const generation = generate(model, parameters, inputs.get('in.input_ids'), options);
  const steps: (readonly Float64Array[])[] = [];
  const lengths: number[][] = [];
  let more: Readonly<Record<string, Values>> = {};
  for await (const step of generation) {
    steps.push(step.scores);
    lengths.push(step.sequences.flat().map(({ tokens }) => tokens.length));
    more = (await also?.(step)) ?? {};
  }
  const { sequences } = await generation.result();
  const all = sequences.flat();
  return {
    ...more,
    ...(fixture.tensors.has('out.scores') ? { scores: scoresOf(steps, lengths) } : {}),
    sequences: rectangle(all, padToken),
    sequences_scores: { shape: [all.length], values: all.map(({ score }) => score) },
  };
}

function optionsOf(fixture: Fixture): GenerateOptions {
  const config = fixture.config.raw('generate');
  if (typeof config !== 'object' || config === null) throw new Error('config.generate must be a record');
  const { use_cache: _, ...said } = config as Readonly<Record<string, unknown>>;
  const mask = fixture.tensors.has('in.attention_mask') ? maskOf(fixture) : undefined;
  // What the model's config says, the reference takes from there.
  const model = fixture.config.raw('model') as Readonly<Record<string, unknown>>;
  const ends = fixture.family === 'generation.transfoxl' ? {} : { eos_token_id: model['eos_token_id'] };
  return { ...generationOptions({ ...ends, ...said }), ...(mask === undefined ? {} : { padding: mask }) };
}

const maskOf = (fixture: Fixture): Padding => padding(rowsOf(stored(fixture, 'in.attention_mask')));

function rectangle(all: readonly Candidate[], padToken: number): Values {
  const longest = all.reduce((most, { tokens }) => Math.max(most, tokens.length), 0);
  const values = all.flatMap(({ tokens }) => [...tokens, ...Array.from({ length: longest - tokens.length }, () => padToken)]);
  return { shape: [all.length, longest], values };
}

/** [batch, steps, vocabulary]; zeros where a sequence had ended before. */
function scoresOf(steps: readonly (readonly Float64Array[])[], lengths: readonly (readonly number[])[]): Values {
  const [rows, vocabulary] = [steps[0]?.length ?? 0, steps[0]?.[0]?.length ?? 0];
  const values = Array.from({ length: rows }, (_, row) =>
    steps.map((step, at) => {
      const hasGrown = at === 0 || (lengths[at]?.[row] as number) > (lengths[at - 1]?.[row] as number);
      return Array.from(step[row] as Float64Array, (each) => (!hasGrown ? 0 : each === Number.NEGATIVE_INFINITY ? forbidden : each));
    }),
  );
  return { shape: [rows, steps.length, vocabulary], values: values.flat(2) };
}
