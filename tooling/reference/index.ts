// The mechanisms in plain code, written from the papers: every pair scored, of stock tfjs ops, with tfjs's own gradients. They define
// what is correct. No kernel and no package's source imports them, and they import no mechanism.
export { forQueryHeads, inHeads, joinedHeads } from './attention/heads.ts';
export { type Pair, type PairCounts, visiblePairs, visibleTokens } from './attention/pairs.ts';
export {
  type Attended,
  type SoftmaxAttentionOptions,
  scoresOf,
  softmaxAttention,
  weightsOf,
} from './attention/softmax-attention.ts';
export { type BigBirdSizes, bigBirdAttention } from './big-bird.ts';
export { blockMass } from './block-mass.ts';
export { blockScores, highestBlocks } from './block-top-k.ts';
export { below, type Weights } from './layer/weights.ts';
export { isLocal, type LocalSight } from './local-attention.ts';
export { type LongformerSizes, longformerAttention } from './longformer.ts';
export { mobaAttention, mobaChunks, mobaGates } from './moba.ts';
export { isNsaForced, type NsaAttended, type NsaInputs, type NsaSizes, nsaAttention, nsaBlocks, nsaImportance } from './nsa.ts';
export { type Choices, choicesOf, flatChoices, highest, marksOf, type Numbers, upTo } from './numbers/numbers.ts';
export { mixed, oneHots, table } from './numbers/table.ts';
export {
  movedCentroids,
  type RoutingMembers,
  type RoutingRules,
  routingAttention,
  routingLoss,
  routingMembers,
  routingSimilarities,
  unit,
} from './routing.ts';
export { type SegmentRange, type SegmentSight, segmentAttention } from './segment-attention.ts';
export {
  isFar,
  isNear,
  type SparseTransformerParts,
  type SparseTransformerPattern,
  type SparseTransformerSizes,
  sparseTransformerAttention,
} from './sparse-transformer.ts';
export { type Grid, patchMerging, type SwinSizes, swinAttention, swinLayer } from './swin.ts';
export { topKAttention, topKKeys, topKScores } from './top-k.ts';
