import { padding, type Spec } from '@longspan/core-tensor';
import { type Family as CheckpointFamily, modelParameters } from '@longspan/models';
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
import type { Family } from '../../replay.ts';
import { rowsOf } from '../rows.ts';

/** What stands for a token that must not follow. */
const forbidden = -1e9;

/** What a family adds to the replay of its generations. */
export interface GenerationReplay {
  /** Options of its model; none by default. */
  readonly modelOptions?: ((fixture: Fixture) => object) | undefined;
  /** Options of the generation, beside those of config.generate. */
  readonly options?: ((fixture: Fixture, inputs: Inputs) => Partial<GenerateOptions>) | undefined;
  /** More outputs of a step; those of the last one are compared. */
  readonly also?: ((step: GeneratedStep) => Promise<Readonly<Record<string, Values>>>) | undefined;
}

/** Generation by the model of that name: its sequences, its scores and what else the family names. */
export const generationFamily =
  (family: CheckpointFamily, name: string, { modelOptions, options, also }: GenerationReplay = {}): Family =>
  (fixture) => {
    const json = fixture.config.raw('model') as Readonly<Record<string, unknown>>;
    const config = family.config(json);
    const make = family.models[name] as unknown as (config: object, options: object) => GenerationModel & { readonly spec: Spec };
    const model = make(config, modelOptions?.(fixture) ?? {});
    const padToken = Number(json['pad_token_id'] ?? 0);
    const run = async (inputs: Inputs): Promise<Readonly<Record<string, Values>>> => {
      const { parameters } = modelParameters(family, config, model, inputs.parameters());
      const given: GenerateOptions = { ...optionsOf(fixture, json), padToken, ...options?.(fixture, inputs) };
      const generation = generate(model, parameters, inputs.get('in.input_ids'), given);
      const steps: (readonly Float64Array[])[] = [];
      const lengths: number[][] = [];
      let more: Readonly<Record<string, Values>> = {};
      for await (const step of generation) {
        steps.push(step.scores);
        lengths.push(step.sequences.flat().map(({ tokens }) => tokens.length));
        more = (await also?.(step)) ?? {};
      }
      const all = (await generation.result()).sequences.flat();
      return {
        ...more,
        ...(fixture.tensors.has('out.scores') ? { scores: scoresOf(steps, lengths) } : {}),
        sequences: rectangle(all, padToken),
        sequences_scores: { shape: [all.length], values: all.map(({ score }) => score) },
      };
    };
    return { ways: [], awaited: [{ name: '', run }] };
  };

function optionsOf(fixture: Fixture, model: Readonly<Record<string, unknown>>): GenerateOptions {
  const config = fixture.config.raw('generate');
  if (typeof config !== 'object' || config === null) throw new Error('config.generate must be a record');
  // Where generation says nothing of them, the reference takes its end tokens from the model's config.
  const options = generationOptions({ eos_token_id: model['eos_token_id'], ...config });
  return fixture.tensors.has('in.attention_mask')
    ? { ...options, padding: padding(rowsOf(stored(fixture, 'in.attention_mask'))) }
    : options;
}

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
