// All that the host calls: each kernel takes the address of its job, a range of the job's items, and scratch of its own.
export { matMul } from './mat-mul/mat-mul';
export { attentionBackward, finishRelativeQueries } from './block-sparse-attention/backward';
export { attentionForward } from './block-sparse-attention/forward';
export { attentionOffsets } from './block-sparse-attention/offsets';
export { addQueryParts } from './block-sparse-attention/query-parts';
export { packKeyPanels, packRelativePanels, packValuePanels } from './block-sparse-attention/pack';
export { activation } from './activation';
export { adamWStep } from './adamw-step';
export { crossEntropy, crossEntropyGradient, crossEntropyTotal } from './cross-entropy';
export { dropout } from './dropout';
export { gatherRows } from './gather-rows';
export { columnSums } from './column-sums';
export { layerNorm, layerNormGradient } from './layer-norm';
export { copyRows } from './rows';
export { unsortedSegmentSum } from './unsorted-segment-sum';
