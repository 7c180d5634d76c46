import type { Layer, LayerContext, LayerOutput, LayerResult, LayerState, Parameters } from '@longspan/core-tensor';
import { padding } from '@longspan/core-tensor';
import type { RowWeights } from '@longspan/core-tensor/kernel';
import { hiddenOf } from '@longspan/core-tensor/layer';
import { type Family as CheckpointFamily, modelParameters } from '@longspan/models';
import { cast, expandDims, mul, oneHot, pad, sum, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { type Fixture, stored } from '../../fixture.ts';
import type { Inputs } from '../../inputs.ts';
import type { Family, Way } from '../../replay.ts';
import { rowsOf } from '../rows.ts';
import { blockSizes, oneWay } from '../way.ts';

/** A model, and the same up to its loss where it has a head. */
type AnyModel = Layer<LayerContext, LayerOutput> & { readonly loss?: Layer<LayerContext, LayerOutput> };

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
  encoder_last_hidden_state: 'encoderHidden',
};

/** What a model's lists of outputs are called in a fixture, before their numbers. */
const listNames: Readonly<Record<string, string>> = {
  feature_maps: 'featureMaps',
  hidden_states: 'hiddenStates',
  encoder_hidden_states: 'encoderHiddenStates',
  decoder_hidden_states: 'hiddenStates',
};

/** hidden_states.3 -> the list and the place in it. */
function placeOf(name: string): readonly [list: string, at: number] | undefined {
  const [start = '', at] = name.split('.');
  const list = listNames[start];
  return list === undefined || at === undefined ? undefined : [list, Number(at)];
}

/** What a model reads: words or pixels. */
const xOf = (inputs: Inputs): Tensor => inputs.find('in.input_ids') ?? inputs.get('in.pixel_values');

/** More of the context, of a fixture. */
type ContextOfFixture = (fixture: Fixture, inputs: Inputs) => Readonly<Record<string, unknown>>;

/** What a family has besides. */
export interface EncoderDetails {
  /** Options of the model, of a fixture. */
  readonly options?: ((fixture: Fixture) => object) | undefined;
  /** More of the context where ids are filled up, for hidden states that the reference does not cut back. */
  readonly filled?: ContextOfFixture | undefined;
  /** How the reference writes whole softmaxes [b, h, n, n], where it does otherwise. */
  readonly attentions?: ((fixture: Fixture, softmax: Tensor, at: number) => Readonly<Record<string, Tensor>>) | undefined;
  /** Whether the model's blocks are what its config says, so that there is one way to compute it. */
  readonly hasOwnBlocks?: boolean | undefined;
}

/** How a model of a family is replayed: inputs and parameters to outputs, loss and gradients. */
export const encoderFamily =
  (family: CheckpointFamily, model: string, more: ContextOfFixture = () => ({}), details: EncoderDetails = {}): Family =>
  (fixture) => ({ ways: waysOf(family, model, fixture, more, details) });

function waysOf(family: CheckpointFamily, head: string, fixture: Fixture, more: ContextOfFixture, details: EncoderDetails): readonly Way[] {
  const config = family.config(fixture.config.all());
  const make = family.models[head] as unknown as (config: object, options: object) => AnyModel;
  const inWays: typeof blockSizes = details.hasOwnBlocks === true ? (run) => oneWay(run({})) : blockSizes;
  return inWays((blocks) => {
    const model = make(config, { ...blocks, ...details.options?.(fixture) });
    return (inputs) => {
      const parameters = parametersOf(family, config, model, inputs);
      const context: LayerContext = { ...contextOf(fixture, inputs), ...more(fixture, inputs) };
      const wantsStates = [...fixture.tensors.keys()].some((name) => /^out[.](encoder_|decoder_)?hidden_states[.]/.test(name));
      const ids = xOf(inputs);
      const states = wantsStates ? { hiddenStates: true } : {};
      const queries = queriesOf(fixture, ids, details);
      const asked = queries === undefined ? {} : { attentionWeights: { queries } };
      const found = model.apply(parameters, ids, { ...context, ...states, ...asked } as LayerContext);
      const filled = filledTo(fixture, ids);
      const whole = filled && { ...filled.context, ...details.filled?.(fixture, inputs), ...states };
      const uncut = filled === undefined ? found : model.apply(parameters, filled.ids, whole as LayerContext);
      const outputs = {
        ...outputsOf(fixture, { ...(found as LayerResult), ...statesOf(uncut) }),
        ...attentionsOf(
          model,
          found,
          queries,
          (softmax, at) => details.attentions?.(fixture, softmax, at) ?? { [`attentions.${at}`]: softmax },
        ),
      };
      return { ...outputs, ...lossOf(model, parameters, { inputs, ids, context }) };
    };
  });
}

const statesOf = (output: LayerOutput): object => ('hiddenStates' in output ? { hiddenStates: output.hiddenStates } : {});

/** The ids filled up with padding to the length of the reference's hidden states; nothing where these are as long as the ids. */
function filledTo(fixture: Fixture, ids: Tensor): { readonly ids: Tensor; readonly context: object } | undefined {
  const [batch, length] = ids.shape as [number, number];
  const whole = fixture.tensors.get('out.hidden_states.0')?.shape[1] ?? length;
  if (whole === length || !fixture.tensors.has('in.input_ids')) return undefined; // images have no padding of their own
  const marks = fixture.tensors.has('in.attention_mask')
    ? rowsOf(stored(fixture, 'in.attention_mask'))
    : Array.from({ length: batch }, () => new Array<number>(length).fill(1));
  const more = new Array<number>(whole - length).fill(0);
  const types = fixture.tensors.get('in.token_type_ids');
  return {
    ids: pad(
      ids,
      [
        [0, 0],
        [0, whole - length],
      ],
      fixture.config.number('pad_token_id'),
    ), // prettier-ignore
    context: {
      padding: padding(marks.map((row) => [...row, ...more])),
      ...(types === undefined
        ? {}
        : {
            tokenTypes: tensor2d(
              rowsOf(types).map((row) => [...row, ...more]),
              [batch, whole],
              'int32',
            ),
          }), // prettier-ignore
    },
  };
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
  return padding(rowsOf(stored(fixture, 'in.attention_mask')));
}

/** All queries, where the fixture has softmaxes. */
function queriesOf(fixture: Fixture, ids: Tensor, { attentions }: EncoderDetails): readonly number[] | undefined {
  const [, , rows, columns] = fixture.tensors.get('out.attentions.0')?.shape ?? [];
  if (rows === undefined || (rows !== columns && attentions === undefined)) return undefined;
  return Array.from({ length: ids.shape[1] as number }, (_, at) => at);
}

/** Rows of every attention, of all queries, as tables of all keys in the form of the reference. */
function attentionsOf(
  model: AnyModel,
  found: LayerOutput,
  queries: readonly number[] | undefined,
  written: (softmax: Tensor, at: number) => Readonly<Record<string, Tensor>>,
): Readonly<Record<string, Tensor>> {
  if (queries === undefined || !('hidden' in found)) return {};
  const rows = found.attentionWeights ?? {};
  return Object.assign(
    {},
    ...model.attentions.map((name, at) => {
      const { keys, weights } = rows[name] as RowWeights;
      // −1, no key, is nowhere in a one-hot vector.
      return written(sum(mul(cast(oneHot(keys, queries.length), 'float32'), expandDims(weights, 4)), 3), at);
    }),
  );
}

function outputsOf(fixture: Fixture, found: LayerOutput): Record<string, Tensor> {
  const results = found as object as Readonly<Record<string, Tensor | readonly Tensor[] | undefined>>;
  const names = [...fixture.tensors.keys()].flatMap((name) => (name.startsWith('out.') ? [name.slice('out.'.length)] : []));
  const outputs: Record<string, Tensor> = {};
  for (const name of names) {
    if (name.startsWith('buckets.')) {
      const buckets = bucketsOf(found, name.slice('buckets.'.length));
      if (buckets !== undefined) outputs[name] = buckets;
      continue;
    }
    const place = placeOf(name);
    const value = place === undefined ? results[outputNames[name] ?? ''] : (results[place[0]] as readonly Tensor[] | undefined)?.[place[1]];
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
  return { loss: hiddenOf(model.loss.apply(parameters, ids, { ...context, ...Object.fromEntries(labels) } as LayerContext)) };
}
