import type { Family } from '../replay.ts';
import { adaptiveSoftmaxFamily } from './adaptive-softmax.ts';
import { attentionLocal } from './attention-local.ts';
import { attentionMasked } from './attention-masked.ts';
import { attentionMerge } from './attention-merge.ts';
import { attentionNsa } from './attention-nsa.ts';
import { attentionRouting } from './attention-routing.ts';
import { attentionScored } from './attention-scored.ts';
import { attentionTopk } from './attention-topk.ts';
import { attentionXl } from './attention-xl.ts';
import { bigbirdSelfAttention } from './bigbird-self-attention.ts';
import { longformerSelfAttentionFamily } from './longformer-self-attention.ts';
import { longt5RelativePositionBucket } from './longt5-relative-position-bucket.ts';
import { lossCrossEntropy } from './loss-cross-entropy.ts';
import { modelFamilies } from './models/index.ts';
import { opsEmbeddingGradient } from './ops-embedding-gradient.ts';
import { opsGelu } from './ops-gelu.ts';
import { opsLayerNorm } from './ops-layer-norm.ts';
import { opsRotary } from './ops-rotary.ts';
import { reformerLocalAttentionFamily } from './reformer-local-attention.ts';
import { reformerLshAttention } from './reformer-lsh-attention.ts';
import { reversibleBlock } from './reversible-block.ts';
import { swinLayerFamily } from './swin-layer.ts';
import { trainingAdafactor } from './training-adafactor.ts';
import { trainingAdamW } from './training-adamw.ts';
import { trainingClip } from './training-clip.ts';
import { trainingSchedule } from './training-schedule.ts';
import { transfoxlAttention } from './transfoxl-attention.ts';

/** How each family is replayed, by the name that a fixture's metadata gives it. */
export const families: ReadonlyMap<string, Family> = new Map([
  ['adaptive_softmax', adaptiveSoftmaxFamily],
  ['attention.local', attentionLocal],
  ['attention.masked', attentionMasked],
  ['attention.merge', attentionMerge],
  ['attention.nsa', attentionNsa],
  ['attention.routing', attentionRouting],
  ['attention.scored', attentionScored],
  ['attention.xl', attentionXl],
  ['attention.topk', attentionTopk],
  ['bigbird.self_attention', bigbirdSelfAttention],
  ['longformer.self_attention', longformerSelfAttentionFamily],
  ['longt5.relative_position_bucket', longt5RelativePositionBucket],
  ['loss.crossEntropy', lossCrossEntropy],
  ['ops.embeddingGradient', opsEmbeddingGradient],
  ['ops.gelu', opsGelu],
  ['ops.layerNorm', opsLayerNorm],
  ['ops.rotary', opsRotary],
  ['reformer.local_attention', reformerLocalAttentionFamily],
  ['reformer.lsh_attention', reformerLshAttention],
  ['reversible.block', reversibleBlock],
  ['swin.layer', swinLayerFamily],
  ['training.adafactor', trainingAdafactor],
  ['training.adamw', trainingAdamW],
  ['training.clip', trainingClip],
  ['training.schedule', trainingSchedule],
  ['transfoxl.attention', transfoxlAttention],
  ...modelFamilies,
]);
