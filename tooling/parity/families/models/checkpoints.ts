import { bert } from '@longspan/models/bert';
import { roberta } from '@longspan/models/roberta';
import { swin } from '@longspan/models/swin';
import type { CheckpointPart } from '../../checkpoint.ts';
import type { Family } from '../../replay.ts';
import { bigBirdFamily } from './bigbird.ts';
import { encoderFamily } from './encoder.ts';
import { longformerFamily } from './longformer.ts';
import { modernbertFamily } from './modernbert.ts';
import { sentenceEmbedding, sentenceModules } from './sentence.ts';

const whole = (replay: Family, head?: string): CheckpointPart => ({ prefix: '', head, replay });
const base = (replay: Family): CheckpointPart => ({ prefix: 'base.', head: 'model', replay });

/** What each checkpoint is read as. A head follows from its config.json, but where that names what was trained and not what is asked for. */
export const checkpointFamilies: ReadonlyMap<string, readonly CheckpointPart[]> = new Map([
  ['checkpoint.bigbird.masked_lm', [whole(bigBirdFamily('maskedLanguageModel'), 'maskedLanguageModel'), base(bigBirdFamily('model'))]],
  ['checkpoint.longformer.masked_lm', [whole(longformerFamily('maskedLanguageModel')), base(longformerFamily('model'))]],
  ['checkpoint.longformer.model', [whole(longformerFamily('model'))]],
  ['checkpoint.modernbert.masked_lm', [whole(modernbertFamily('maskedLanguageModel')), base(modernbertFamily('model'))]],
  ['checkpoint.modernbert.sequence_classification', [whole(modernbertFamily('sequenceClassification')), base(modernbertFamily('model'))]],
  ['checkpoint.roberta.question_answering', [whole(encoderFamily(roberta, 'questionAnswering')), base(encoderFamily(roberta, 'model'))]],
  [
    'checkpoint.sentence_transformers',
    [{ ...whole(sentenceEmbedding), ofText: ['prompted'], more: sentenceModules }, base(encoderFamily(bert, 'model'))],
  ],
  [
    'checkpoint.swin.image_classification',
    [
      whole(encoderFamily(swin, 'imageClassification', undefined, { hasOwnBlocks: true })),
      base(encoderFamily(swin, 'model', undefined, { hasOwnBlocks: true })),
    ],
  ],
]);

/** The same of checkpoints whose weights are fetched: `pnpm check:real` replays them. */
export const realFamilies: ReadonlyMap<string, readonly CheckpointPart[]> = new Map([
  ['real.minilm', [{ ...whole(sentenceEmbedding, 'model'), more: sentenceModules }]],
]);
