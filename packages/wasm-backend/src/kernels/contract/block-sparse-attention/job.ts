import { floatBits } from '../../../runtime/runtime.ts';

/** The fields of the class Job in assembly/attention/job.ts, in that order; what they mean is written there. */
export const jobFields = [
  'batch',
  'heads',
  'keyHeads',
  'queryLength',
  'keyLength',
  'headDim',
  'valueDim',
  'scale',
  'blockSize',
  'queryBlocks',
  'keyBlocks',
  'queryOffset',
  'layoutBatch',
  'layoutHeads',
  'indptr',
  'indices',
  'tileIndices',
  'bitmaps',
  'listedEntries',
  'queryRows',
  'queryStride',
  'keyRows',
  'keyStride',
  'valueRows',
  'valueStride',
  'keyPanels',
  'valuePanels',
  'out',
  'logSumExp',
  'terms',
  'termCount',
  'termsMask',
  'keyLimits',
  'queryPositions',
  'queryPositionBatch',
  'queryPositionHeads',
  'keyPositions',
  'keyPositionBatch',
  'keyPositionHeads',
  'causal',
  'dropoutQueries',
  'dropoutKeys',
  'dropoutThreshold',
  'dropoutGain',
  'positionRows',
  'relativeRows',
  'relativePanels',
  'relativeLength',
  'outCotangentRows',
  'offsetOfQueries',
  'logSumExpCotangent',
  'outCotangent',
  'queryCotangent',
  'positionCotangent',
  'keyCotangent',
  'valueCotangent',
  'relativeCotangent',
  'contentSums',
  'positionSums',
  'keyChunks',
  'blocksOfChunk',
  'queryParts',
  'chunksOfAll',
  'sinks',
  'roundedOff',
  'care',
] as const;

/** The fields of its class Term. */
export const termFields = [
  'kind',
  'table',
  'batch',
  'heads',
  'size',
  'columns',
  'center',
  'amount',
  'cotangent',
  'apart',
  'slope',
] as const;

/** The fields of the class RowCopy in assembly/rows/rows.ts. */
export const rowCopyFields = [
  'source',
  'target',
  'width',
  'sourceStride',
  'targetStride',
  'scale',
  'addend',
  'rowsPerGroup',
  'groups',
  'parts',
  'partStride',
] as const;

/** The fields of its class PartSum in assembly/attention/query-parts.ts. */
export const partSumFields = [
  'source',
  'target',
  'width',
  'sourceStride',
  'targetStride',
  'scale',
  'parts',
  'partCount',
  'queryLength',
] as const;

export type JobFields = Partial<Record<(typeof jobFields)[number], number>>;
export type TermFields = Record<(typeof termFields)[number], number>;

/** The kinds of terms that kernels apply one after another, by their numbers in job.ts of assembly/. */
export const termKinds = ['bias', 'blockBias', 'distanceBias', 'cellBias', 'alibi', 'softCap', 'spanRamp', 'selfScore'] as const;

const floats: ReadonlySet<string> = new Set(['scale', 'dropoutThreshold', 'dropoutGain', 'amount']);

/** The numbers of a record in the order of its fields, 4 bytes each; 0 where a field is omitted. */
export const inOrder = <Name extends string>(fields: readonly Name[], values: Partial<Record<Name, number>>): number[] =>
  fields.map((name) => {
    const value = values[name] ?? 0;
    return floats.has(name) ? floatBits(value) : value;
  });
