import type { LayerState, Spec } from '@longspan/core-tensor';
import { type Family as CheckpointFamily, modelParameters } from '@longspan/models';
import { type TransformerXlConfig, transformerXl } from '@longspan/models/transformer-xl';
import { gather, pad, reshape, slice, type Tensor, tensor1d, tidy, transpose } from '@tensorflow/tfjs-core';
import { type Fixture, stored, valuesOf } from '../../fixture.ts';
import type { Inputs } from '../../inputs.ts';
import type { Family } from '../../replay.ts';
import { blockSizes } from '../way.ts';
import { generationFamily } from './generation.ts';

const segmentsOf = ({ tensors }: Fixture): readonly string[] => [...tensors.keys()].filter((name) => name.startsWith('in.segment.')).sort();

const parametersOf = (config: TransformerXlConfig, model: { readonly spec: Spec }, inputs: Inputs) =>
  modelParameters(transformerXl as object as CheckpointFamily, config, model, inputs.parameters()).parameters;

/** Hidden states of three segments, and the memory after the last one. */
export const transformerXlModel: Family = (fixture) => {
  const config = transformerXl.config(fixture.config.all());
  const ways = blockSizes((blocks) => {
    const model = transformerXl.models.model(config, blocks);
    return (inputs) => {
      const parameters = parametersOf(config, model, inputs);
      const found: Record<string, Tensor> = {};
      let state: LayerState = {};
      for (const name of segmentsOf(fixture)) {
        const step = model.apply(parameters, inputs.get(name), { state });
        state = step.state;
        found[name.replace('in.segment', 'last_hidden_state')] = step.hidden;
      }
      return { ...found, ...memories(state, '', config.nLayer) };
    };
  });
  return { ways };
};

/** Log-probabilities of three segments, the memory after the last one, and the losses of the second. */
export const transformerXlLanguageModel: Family = (fixture) => {
  const config = transformerXl.config(fixture.config.all());
  const ways = blockSizes((blocks) => {
    const model = transformerXl.models.causalLanguageModel(config, blocks);
    return (inputs) => {
      const parameters = parametersOf(config, model, inputs);
      const found: Record<string, Tensor> = {};
      let state: LayerState = {};
      for (const [at, name] of segmentsOf(fixture).entries()) {
        const ids = inputs.get(name);
        const labels = inputs.find(`in.labels.${at}`);
        if (labels !== undefined) {
          const loss = model.loss.apply(parameters, ids, { labels, state }).hidden;
          const losses = lossesOf(fixture, `in.labels.${at}`, (targets) => model.losses.apply(parameters, ids, { targets, state }).hidden);
          Object.assign(found, {
            [`loss.${at}`]: loss,
            [`nll.${at}`]: losses,
            [`losses.${at}`]: byCluster(fixture, `in.labels.${at}`, losses, config),
          });
        }
        const step = model.apply(parameters, ids, { state });
        state = step.state;
        found[`prediction_scores.${at}`] = step.hidden;
      }
      return { ...found, ...memories(state, 'transformer.', config.nLayer) };
    };
  });
  return { ways };
};

/** Greedy, with memories that are shorter than the text. */
export const transformerXlGeneration: Family = (fixture) => {
  const { nLayer } = transformerXl.config(fixture.config.raw('model') as object);
  return generationFamily(transformerXl as object as CheckpointFamily, 'causalLanguageModel', {
    options: () => ({ endTokens: [] }), // the reference's loop has none
    async also({ state }) {
      const kept = tidy(() => memories(state.state, 'transformer.', nLayer));
      const read = Object.entries(kept).map(async ([name, each]) => [name, { shape: each.shape, values: await each.data() }] as const);
      const values = Object.fromEntries(await Promise.all(read));
      for (const each of Object.values(kept)) each.dispose();
      return values;
    },
  })(fixture);
};

/** The reference is time first. */
function memories(state: LayerState, prefix: string, layers: number): Readonly<Record<string, Tensor>> {
  const memory = (at: number) => state[`${prefix}layers.${at}.dec_attn.memory`] as Tensor | undefined;
  const kept = Array.from({ length: layers }, (_, at) => [at, memory(at)] as const).filter(([, each]) => each !== undefined);
  return Object.fromEntries(kept.map(([at, each]) => [`mems.${at}`, transpose(each as Tensor, [1, 0, 2])]));
}

/** What each token but the last of a row has to predict: the reference shifts its labels by itself. */
function targetsOf(fixture: Fixture, name: string): { readonly rows: readonly (readonly number[])[] } {
  const { shape, values } = valuesOf(stored(fixture, name));
  const [batch, length] = shape as [number, number];
  return { rows: Array.from({ length: batch }, (_, row) => Array.from(values.slice(row * length + 1, (row + 1) * length), Number)) };
}

function lossesOf(fixture: Fixture, name: string, losses: (targets: readonly number[]) => Tensor): Tensor {
  const { rows } = targetsOf(fixture, name);
  const found = losses(rows.flatMap((row) => [...row, -100]));
  return slice(found, [0, 0], [rows.length, rows[0]?.length as number]);
}

/** As the reference returns them: cluster by cluster, then zeros for labels that do not count; in their order where there is one cluster. */
function byCluster(fixture: Fixture, name: string, losses: Tensor, { cutoffs, vocabSize }: TransformerXlConfig): Tensor {
  if (cutoffs.length === 0) return losses;
  const targets = targetsOf(fixture, name).rows.flat();
  const ends = [...cutoffs, vocabSize];
  const order = ends.flatMap((end, at) => {
    const start = at === 0 ? 0 : (ends[at - 1] as number);
    return targets.flatMap((target, place) => (target >= start && target < end ? [place] : []));
  });
  const counted = gather(reshape(losses, [-1]), tensor1d(order, 'int32'));
  return reshape(pad(counted, [[0, targets.length - order.length]]), losses.shape);
}
