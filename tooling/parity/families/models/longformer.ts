import { longformer, questionTokens } from '@longspan/models/longformer';
import { type Fixture, stored } from '../../fixture.ts';
import type { Family } from '../../replay.ts';
import { rowsOf } from '../rows.ts';
import { encoderFamily } from './encoder.ts';
import { longformerAttentions } from './longformer-attentions.ts';

/** Longformer's models; which tokens are global comes from the mask, or from the separators of question and text. */
export const longformerFamily = (model: keyof typeof longformer.models & string): Family =>
  encoderFamily(longformer, model, globalsOf(model), { attentions: longformerAttentions });

const globalsOf =
  (model: string) =>
  (fixture: Fixture): Readonly<Record<string, unknown>> => {
    const mask = fixture.tensors.has('in.global_attention_mask') ? rowsOf(stored(fixture, 'in.global_attention_mask')) : undefined;
    if (mask !== undefined) return { globals: mask.map((row) => [...row.keys()].filter((at) => row[at] === 1)) };
    if (model !== 'questionAnswering') return {};
    return { globals: questionTokens(rowsOf(stored(fixture, 'in.input_ids')), longformer.config(fixture.config.all())) };
  };
