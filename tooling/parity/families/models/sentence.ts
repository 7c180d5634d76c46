import { join } from 'node:path';
import { padding } from '@longspan/core-tensor';
import { modelParameters } from '@longspan/models';
import { bert } from '@longspan/models/bert';
import { poolingConfig, poolTokens, unitLength } from '@longspan/models/pooling';
import { matMul } from '@tensorflow/tfjs-core';
import { jsonOf } from '../../checkpoint.ts';
import { stored } from '../../fixture.ts';
import type { Family } from '../../replay.ts';
import { rowsOf } from '../rows.ts';
import { oneWay } from '../way.ts';

/** What a folder of sentence-transformers says beside config.json, in the words of this replay. */
export async function sentenceModules(folder: string): Promise<object> {
  const modules = (await jsonOf(join(folder, 'modules.json'))) as readonly { readonly path: string; readonly type: string }[];
  const pooling = modules.find(({ type }) => type.endsWith('.Pooling'));
  return {
    pooling: await jsonOf(join(folder, pooling?.path ?? '', 'config.json')),
    normalize: modules.some(({ type }) => type.endsWith('.Normalize')),
  };
}

/** Texts to vectors, and their cosines. */
export const sentenceEmbedding: Family = ({ config, tensors, ...fixture }) => {
  const model = bert.models.model(bert.config(config.all()));
  const { modes } = poolingConfig(config.part('pooling').all());
  const marks = padding(rowsOf(stored({ config, tensors, ...fixture }, 'in.attention_mask')));
  return {
    ways: oneWay((inputs) => {
      const { parameters } = modelParameters(bert, bert.config(config.all()), model, inputs.parameters());
      const context = { padding: marks, tokenTypes: inputs.find('in.token_type_ids') };
      const pooled = poolTokens(model.apply(parameters, inputs.get('in.input_ids'), context).hidden, { modes, padding: marks });
      const embedding = config.flag('normalize') ? unitLength(pooled) : pooled.clone();
      const unit = unitLength(embedding);
      return { sentence_embedding: embedding, similarity: matMul(unit, unit, false, true) };
    }),
  };
};
