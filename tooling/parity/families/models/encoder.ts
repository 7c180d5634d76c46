import type { Layer, LayerContext, LayerOutput, LayerState, Parameters } from '@longspan/core-tensor';
import { padding } from '@longspan/core-tensor';
import { type Family as CheckpointFamily, modelParameters } from '@longspan/models';
import type { Tensor } from '@tensorflow/tfjs-core';
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
      const ids = inputs.get('in.input_ids');
      const found = model.apply(parameters, ids, { ...context, ...(wantsStates ? { hiddenStates: true } : {}) } as LayerContext);
      return { ...outputsOf(fixture, found), ...lossOf(model, parameters, { inputs, ids, context }) };
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

function outputsOf(fixture: Fixture, found: LayerOutput): Record<string, Tensor> {
  const results = found as object as Readonly<Record<string, Tensor | readonly Tensor[] | undefined>>;
  const names = [...fixture.tensors.keys()].flatMap((name) => (name.startsWith('out.') ? [name.slice('out.'.length)] : []));
  const outputs: Record<string, Tensor> = {};
  for (const name of names) {
    const [list, at] = name.startsWith('hidden_states.') ? ['hiddenStates', Number(name.slice('hidden_states.'.length))] : ['', 0];
    if (name.startsWith('buckets.')) {
      const buckets = bucketsOf(found, name.slice('buckets.'.length));
      if (buckets !== undefined) outputs[name] = buckets;
      continue;
    }
    const value = list === '' ? results[outputNames[name] ?? ''] : (results[list] as readonly Tensor[] | undefined)?.[at];
    if (value !== undefined && !Array.isArray(value)) outputs[name] = value as Tensor;
  }
  return outputs;
}

/** What a layer hashed by, of the model's state. */
function bucketsOf(found: LayerOutput, layer: string): Tensor | undefined {
  const state: LayerState = ('state' in found ? found.state : undefined) ?? {};
  const name = Object.keys(state).find((each) => each.endsWith(`layers.${layer}.attention.self_attention.buckets`));
  return name === undefined ? undefined : (state[name] as Tensor);
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
