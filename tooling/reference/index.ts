// The mechanisms in plain code, written from the papers: every pair scored, of stock tfjs ops, with tfjs's own gradients. They define
// what is correct. No kernel and no package's source imports them, and they import no mechanism.

export { type AdaptiveSizes, adaptiveEmbedding, adaptiveLogProbabilities, adaptiveLosses } from './adaptive-softmax.ts';
export { type AdaptiveSpanSizes, adaptiveSpanAttention } from './adaptive-span.ts';
export { forQueryHeads, inHeads, joinedHeads } from './attention/heads.ts';
export { type Pair, type PairCounts, visiblePairs, visibleTokens } from './attention/pairs.ts';
export { relativeScores, sinusoids } from './attention/relative-scores.ts';
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
export { type FunnelPlaces, type FunnelRules, type FunnelSides, funnelLayer, funnelPooled, funnelPooledPlaces } from './funnel.ts';
export { type Boundaries, endedAt, groupMeans, isOwn, ownerOf } from './groups.ts';
export { type HatSizes, hatLayer, robertaLayer } from './hat.ts';
export { hourglass } from './hourglass.ts';
export { crossEntropySum } from './layer/cross-entropy.ts';
export { gelu, geluTanh } from './layer/gelu.ts';
export { normed } from './layer/layer-norm.ts';
export { linear, project } from './layer/linear.ts';
export { type MultiHeadInputs, multiHeadAttention } from './layer/multi-head-attention.ts';
export { below, type Weights } from './layer/weights.ts';
export { type LevelSizes, levelTransformer } from './level-transformer.ts';
export { isLocal, type LocalRows, type LocalSight, type PublishedLocalSight, publishedLocalAttention } from './local-attention.ts';
export { type LongformerSizes, longformerAttention } from './longformer.ts';
export { type ChunkSight, lshAttention, lshDirections, lshMeetings, reformerAttention, reformerLocalAttention } from './lsh.ts';
export { mobaAttention, mobaChunks, mobaGates } from './moba.ts';
export { isNsaForced, type NsaAttended, type NsaInputs, type NsaSizes, nsaAttention, nsaBlocks, nsaImportance } from './nsa.ts';
export { type Choices, choicesOf, flatChoices, highest, marksOf, type Numbers, upTo } from './numbers/numbers.ts';
export { mixed, oneHots, table } from './numbers/table.ts';
export { attentionPooling, linearPooling, maxPooling, meanPooling, type NeighbourGroups } from './pooling.ts';
export { type ReversibleBranches, reversibleSequence } from './reversible.ts';
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
export { type RelativeInputs, relativeAttention, relativeStack } from './transformer-xl.ts';
export { attentionUpsampling, linearUpsampling, repeatUpsampling, shiftRight } from './upsampling.ts';
