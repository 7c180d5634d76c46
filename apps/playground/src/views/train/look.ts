import type { Parameters } from '@longspan/core-tensor';
import { argMax, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { type AttentionPictures, attentionPictures } from './attention-pictures.ts';
import { type Lesson, run } from './lesson.ts';
import type { SmallModel } from './make-model.ts';
import type { Settings } from './settings.ts';

/** What a model makes of one example that it was not trained on. */
export interface Look {
  readonly step: number;
  /** The likeliest answer at each position. */
  readonly answers: Int32Array<ArrayBuffer>;
  readonly pictures: AttentionPictures | undefined;
}

export async function look(settings: Settings, model: SmallModel, parameters: Parameters, lesson: Lesson, step: number): Promise<Look> {
  const { tokens } = lesson.shown;
  const ids = tensor2d(tokens, [1, tokens.length], 'int32');
  try {
    const best = tidy(() => argMax(run(model, parameters, ids).logits, -1));
    const answers = Int32Array.from(await best.data());
    best.dispose();
    return { step, answers, pictures: await attentionPictures(settings, parameters, ids) };
  } finally {
    ids.dispose();
  }
}
