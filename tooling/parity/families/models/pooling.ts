import { padding } from '@longspan/core-tensor';
import { poolingConfig, poolTokens, unitLength } from '@longspan/models/pooling';
import { stored } from '../../fixture.ts';
import type { Family } from '../../replay.ts';
import { rowsOf } from '../rows.ts';
import { oneWay } from '../way.ts';

/** Tokens to one vector for each text, and its length brought to 1 where the config says so. */
export const sentencePooling: Family = (fixture) => {
  const { config } = fixture;
  const { modes, includePrompt } = poolingConfig(config.part('pooling').all());
  const promptLength = includePrompt ? 0 : config.number('prompt_length');
  const options = { modes, promptLength, padding: padding(rowsOf(stored(fixture, 'in.attention_mask'))) };
  const normalize = config.flag('normalize');
  return {
    ways: oneWay((inputs) => {
      const pooled = poolTokens(inputs.get('in.token_embeddings'), options);
      return { pooled, sentence_embedding: normalize ? unitLength(pooled) : pooled.clone() };
    }),
  };
};
