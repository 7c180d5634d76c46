import { type Family as CheckpointFamily, modelParameters } from '@longspan/models';
import { hourglass } from '@longspan/models/hourglass';
import type { Family } from '../../replay.ts';
import { oneWay } from '../way.ts';

/** A whole Hourglass language model, and the loss of its logits. */
export const hourglassFamily: Family = (fixture) => {
  const config = hourglass.config(fixture.config.all());
  const model = hourglass.models.causalLanguageModel(config);
  return {
    ways: oneWay((inputs) => {
      const ids = inputs.get('in.input_ids');
      const { parameters } = modelParameters(hourglass as object as CheckpointFamily, config, model, inputs.parameters());
      return { logits: model.apply(parameters, ids).hidden, loss: model.loss.apply(parameters, ids, { labels: ids }) };
    }),
  };
};
