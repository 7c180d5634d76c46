import { padding } from '@longspan/core-tensor';
import { type Family as CheckpointFamily, modelParameters } from '@longspan/models';
import { bert } from '@longspan/models/bert';
import { longformer } from '@longspan/models/longformer';
import { roberta } from '@longspan/models/roberta';
import { toLong } from '@longspan/models/to-long';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Fixture, stored } from '../../fixture.ts';
import type { Family } from '../../replay.ts';
import { rowsOf } from '../rows.ts';
import { blockSizes } from '../way.ts';

const families: Readonly<Record<string, CheckpointFamily>> = { bert, roberta } as object as Readonly<Record<string, CheckpointFamily>>;

type AnyModel = Readonly<{ apply: (parameters: object, ids: Tensor, context: object) => object; spec: object }>;

/** A short model's parameters to a Longformer's, what that gives on long texts, and what the short model gives on short ones. */
export const toLongFamily: Family = (fixture) => {
  const json = fixture.config.part('short').all();
  const family = families[String(json['model_type'])];
  const [architecture] = json['architectures'] as readonly string[];
  if (family === undefined) throw new Error(`the short model must be one of ${Object.keys(families).join(', ')}`);
  const head = family.architectures[architecture as string] as string;
  const config = family.config(json);
  const window = fixture.config.raw('attention_window') as number | readonly number[];
  const maxPositions = fixture.config.number('max_position_embeddings') - fixture.config.part('short').number('pad_token_id') - 1;
  const tied = longformer.weights.tied?.(config as never) ?? {};
  return {
    ways: blockSizes((blocks) => (inputs) => {
      const short = (family.models[head] as unknown as (config: object, options: object) => AnyModel)(config, blocks);
      const { parameters } = modelParameters(family, config, short as never, inputs.parameters());
      const long = toLong({ family, head, config, parameters }, { maxPositions, attentionWindow: window, ...blocks });
      const named = { ...long.parameters, ...Object.fromEntries(Object.entries(tied).map(([name, own]) => [name, long.parameters[own]])) };
      const on = (model: AnyModel, own: object, prefix: string, more: object) =>
        model.apply(own, inputs.get(`${prefix}input_ids`), {
          ...contextOf(fixture, inputs.find(`${prefix}token_type_ids`), prefix),
          ...more,
        });
      return {
        ...Object.fromEntries(
          Object.entries(named).flatMap(([name, each]) => (each === undefined ? [] : [[`param.${name}`, each.clone()]])),
        ),
        ...outputsOf('', on(long.model as object as AnyModel, long.parameters, 'in.', { globals: globalsOf(fixture) })),
        ...outputsOf('short.', on(short, parameters, 'in.short.', {})),
      };
    }),
  };
};

const contextOf = (fixture: Fixture, tokenTypes: Tensor | undefined, prefix: string) => ({
  padding: padding(rowsOf(stored(fixture, `${prefix}attention_mask`))),
  ...(tokenTypes === undefined ? {} : { tokenTypes }),
});

const globalsOf = (fixture: Fixture): readonly (readonly number[])[] =>
  rowsOf(stored(fixture, 'in.global_attention_mask')).map((row) => [...row.keys()].filter((at) => row[at] === 1));

function outputsOf(prefix: string, found: object): Record<string, Tensor> {
  const { hidden, pooled } = found as { readonly hidden: Tensor; readonly pooled?: Tensor };
  return {
    [`${prefix}last_hidden_state`]: hidden,
    [`${prefix}logits`]: hidden.clone(),
    ...(pooled === undefined ? {} : { [`${prefix}pooler_output`]: pooled }),
  };
}
