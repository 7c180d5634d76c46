import { padding } from '@longspan/core-tensor';
import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { type Accepted, row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';

/** null is how Python writes "not given", in a config's file and so in a config. */
export const nullsOfConfig: Accepted = { '0.*': ['null'] };

const wrapLayer = <L>(layer: L): L => layer;
const bertSizes = { vocabSize: 9, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 6, hiddenDropoutProb: 0 };

export interface EncoderOptions {
  /** The keys of its config; BERT's by default. */
  readonly sizes?: Readonly<Record<string, number>> | undefined;
  /** Whether tokens have types; true by default. */
  readonly types?: boolean | undefined;
}

/** The rows of a BERT or its kin: `family` begins the names of its exports. */
export function encoderTable(family: string, { sizes = bertSizes, types = true }: EncoderOptions = {}): Table {
  const config = () => ({ ...sizes });
  const ids = () => tensor2d([[0, 5, 2, 1]], [1, 4], 'int32');
  const context = () => ({
    padding: padding([[1, 1, 1, 0]]),
    ...(types ? { tokenTypes: tensor2d([[0, 0, 1, 0]], [1, 4], 'int32') } : {}),
    positions: tensor1d([2, 3, 4, 1], 'int32'),
  });
  const masks = [{ kind: 'slidingWindow', left: 1, right: 1 }];
  const made = layerRow(
    [
      () => [config()],
      () => [
        { ...config(), attentionMasks: masks },
        { wrapLayer, blockSize: 8 },
      ],
    ],
    ids,
    {
      contexts: [context],
      accepts: { ...nullsOfConfig, '0.attentionMasks': ['list of null'] }, // null for a layer that keeps its own
      applied: { '2.positions': ['rank'] }, // one list for all rows, or one for each
    },
  );
  return {
    [`${family}Config`]: row([() => [config()], () => [{ vocab_size: 9 }]], nullsOfConfig),
    [`${family}Model`]: made,
    [`${family}ForMaskedLanguageModel`]: made,
    [`${family}ForSequenceClassification`]: made,
    [`${family}ForTokenClassification`]: made,
    [`${family}ForQuestionAnswering`]: made,
  };
}
