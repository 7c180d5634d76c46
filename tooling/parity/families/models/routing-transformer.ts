import { padding } from '@longspan/core-tensor';
import { type Family as CheckpointFamily, modelParameters } from '@longspan/models';
import { routingTransformer } from '@longspan/models/routing-transformer';
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import { stored } from '../../fixture.ts';
import type { Family } from '../../replay.ts';
import { rowsOf } from '../rows.ts';
import { oneWay } from '../way.ts';

/** A whole Routing Transformer: logits, the auxiliary loss, and the members of each layer's clusters. */
export const routingTransformerFamily: Family = (fixture) => {
  const config = routingTransformer.config(fixture.config.all());
  const model = routingTransformer.models.languageModel(config);
  const isShared = config.sharedQk ?? config.causal;
  const marks = fixture.tensors.has('in.input_mask') ? padding(rowsOf(stored(fixture, 'in.input_mask'))) : undefined;
  return {
    ways: oneWay((inputs) => {
      const { parameters } = modelParameters(routingTransformer as object as CheckpointFamily, config, model, inputs.parameters());
      const { hidden, auxiliaryLoss, members } = model.apply(parameters, inputs.get('in.input_ids'), { padding: marks });
      const lists = members.flatMap(({ queries, keys }) => (isShared ? [queries] : [queries, keys]));
      const flat = (each: Tensor): Tensor => reshape(each, [...each.shape.slice(0, 2), -1]);
      return {
        logits: hidden,
        aux_loss: reshape(auxiliaryLoss, [1]),
        ...Object.fromEntries(lists.map((each, at) => [`indices.${at}`, flat(each)])),
      };
    }),
  };
};
