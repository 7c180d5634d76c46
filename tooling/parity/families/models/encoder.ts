import type { Layer, LayerContext, LayerOutput, Parameters } from '@longspan/core-tensor';
import { padding } from '@longspan/core-tensor';
import type { RowWeights } from '@longspan/core-tensor/kernel';
import { type Family as CheckpointFamily, modelParameters } from '@longspan/models';
import { cast, expandDims, mul, oneHot, sum, type Tensor } from '@tensorflow/tfjs-core';
import { type Fixture, stored, valuesOf } from '../../fixture.ts';
import type { Inputs } from '../../inputs.ts';
import type { Family, Way } from '../../replay.ts';
import { blockSizes } from '../way.ts';

/** A model, and the same up to its loss where it has a head. */
type AnyModel = Layer<LayerContext, LayerOutput> & { readonly loss?: Layer<LayerContext> };

/** What the context of a model is called in a fixture. */
const contextNames: Readonly<Record<string, string>> = {
  'in.token_type_ids': 'tokenTypes',
  'in.position_ids': 'positions',
};

/** What a model's loss reads. */
const labelNames: Readonly<Record<string, string>> = {
  'in.labels': 'labels',
  'in.start_positions': 'startPositions',
  'in.end_positions': 'endPositions',
};

/** What a model's outputs are called in a fixture. */
const outputNames: Readonly<Record<string, string>> = {
  last_hidden_state: 'hidden',
  pooler_output: 'pooled',
  logits: 'hidden',
  start_logits: 'startLogits',
  end_logits: 'endLogits',
};

/** What its lists of outputs are called there. */
const listNames: Readonly<Record<string, string>> = {
  feature_maps: 'featureMaps',
  hidden_states: 'hiddenStates',
};

/** What a model reads: words or pixels. */
const xOf = (inputs: Inputs): Tensor => inputs.find('in.input_ids') ?? inputs.get('in.pixel_values');

/** More of the context, of a fixture. */
type ContextOfFixture = (fixture: Fixture, inputs: Inputs) => Readonly<Record<string, unknown>>;

/** How a model of a family is replayed: inputs and parameters to outputs, loss and gradients. */
export const encoderFamily =
  (family: CheckpointFamily, model: string, more: ContextOfFixture = () => ({})): Family =>
  (fixture) => ({ ways: waysOf(family, model, fixture, more) });

function waysOf(family: CheckpointFamily, head: string, fixture: Fixture, more: ContextOfFixture): readonly Way[] {
  const config = family.config(fixture.config.all());
  const make = family.models[head] as unknown as (config: object, options: object) => AnyModel;
  return blockSizes((blocks) => {
    const model = make(config, blocks);
    return (inputs) => {
      const parameters = parametersOf(family, config, model, inputs);
      const context: LayerContext = { ...contextOf(fixture, inputs), ...more(fixture, inputs) };
      const wantsStates = [...fixture.tensors.keys()].some((name) => name.startsWith('out.hidden_states.'));
      const ids = xOf(inputs);
      const queries = queriesOf(fixture);
      const asked = {
        ...(wantsStates ? { hiddenStates: true } : {}),
        ...(queries === undefined ? {} : { attentionWeights: { queries } }),
      };
      const found = model.apply(parameters, ids, { ...context, ...asked } as LayerContext);
      return { ...outputsOf(fixture, found), ...attentionsOf(model, found, queries), ...lossOf(model, parameters, { inputs, ids, context }) };
    };
  });
}

const parametersOf = (family: CheckpointFamily, config: object, model: AnyModel, inputs: Inputs): Parameters =>
  modelParameters(family, config, model, inputs.parameters()).parameters;

function contextOf(fixture: Fixture, inputs: Inputs): Readonly<Record<string, unknown>> {
  const given = Object.entries(contextNames).flatMap(([name, own]) => {
    const tensor = inputs.find(name);
    return tensor === undefined ? [] : [[own, tensor] as const];
  });
  const marks = fixture.tensors.get('in.attention_mask');
  return { ...Object.fromEntries(given), ...(marks === undefined ? {} : { padding: paddingOf(fixture) }) };
}

function paddingOf(fixture: Fixture) {
  const { shape, values } = valuesOf(stored(fixture, 'in.attention_mask'));
  const [batch = 0, length = 0] = shape;
  return padding(Array.from({ length: batch }, (_, row) => Array.from(values.slice(row * length, (row + 1) * length))));
}

/** All queries, where the fixture has whole softmaxes [b, h, n, n]. */
function queriesOf(fixture: Fixture): readonly number[] | undefined {
  const [, , rows, columns] = fixture.tensors.get('out.attentions.0')?.shape ?? [];
  return rows === undefined || rows !== columns ? undefined : Array.from({ length: rows }, (_, at) => at);
}

/** Rows of every attention, of all queries, as tables of all keys. */
function attentionsOf(model: AnyModel, found: LayerOutput, queries: readonly number[] | undefined): Readonly<Record<string, Tensor>> {
  if (queries === undefined || !('hidden' in found)) return {};
  const rows = found.attentionWeights ?? {};
  return Object.fromEntries(
    model.attentions.map((name, at) => {
      const { keys, weights } = rows[name] as RowWeights;
      // −1, no key, is nowhere in a one-hot vector.
      return [`attentions.${at}`, sum(mul(cast(oneHot(keys, queries.length), 'float32'), expandDims(weights, 4)), 3)];
    }),
  );
}

function outputsOf(fixture: Fixture, found: LayerOutput): Record<string, Tensor> {
  const results = found as object as Readonly<Record<string, Tensor | readonly Tensor[] | undefined>>;
  const names = [...fixture.tensors.keys()].flatMap((name) => (name.startsWith('out.') ? [name.slice('out.'.length)] : []));
  const outputs: Record<string, Tensor> = {};
  for (const name of names) {
    const [start = '', at] = name.split('.');
    const list = listNames[start];
    const value = list === undefined ? results[outputNames[name] ?? ''] : (results[list] as readonly Tensor[] | undefined)?.[Number(at)];
    if (value !== undefined && !Array.isArray(value)) outputs[name] = value as Tensor;
  }
  return outputs;
}

function lossOf(
  model: AnyModel,
  parameters: Parameters,
  { inputs, ids, context }: { readonly inputs: Inputs; readonly ids: Tensor; readonly context: LayerContext },
): Readonly<Record<string, Tensor>> {
  const labels = Object.entries(labelNames).flatMap(([name, own]) => {
    const tensor = inputs.find(name);
    return tensor === undefined ? [] : [[own, tensor] as const];
  });
  if (model.loss === undefined || labels.length === 0) return {};
  return { loss: model.loss.apply(parameters, ids, { ...context, ...Object.fromEntries(labels) } as LayerContext) };
}
