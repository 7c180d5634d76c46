import { gatherRows, type Parameters, stopGradient } from '@longspan/core-tensor';
import { concat, type Tensor, tensor1d, tidy, zeros } from '@tensorflow/tfjs-core';
import type { TypedEncoderConfig } from '../encoder/encoder-config.ts';
import { type Head, longName, type ShortFamily } from './short-families.ts';

const positionTable = /(?:^|[.])position_embeddings[.]weight$/;
const projection = /[.](query|key|value)([.](?:weight|bias|weight_scale))$/;

export interface LongTable {
  /** Rows of the new table. */
  readonly rows: number;
  readonly period: number;
}

/**
 * The parameters of the Longformer: the short model's own tensors, held once more without a copy; its positions in turn; and the projections
 * of global tokens, which start as those of all tokens.
 * @shape those of the short model, the table of positions [rows, width]
 */
export function longParameters(
  family: ShortFamily,
  head: Head,
  { parameters, config }: { readonly parameters: Parameters; readonly config: TypedEncoderConfig },
  table: LongTable,
): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, tensor]) => {
      const own = longName(family, head, name);
      if (positionTable.test(name)) return [[own, repeated(tensor, family.firstRow(config), config.padTokenId, table)]];
      const part = projection.exec(own);
      const both = part === null ? [own] : [own, `${own.slice(0, part.index)}.${part[1]}_global${part[2]}`];
      return both.map((each) => [each, stopGradient(tensor)]);
    }),
  );
}

/** The table's rows from the first of a token on, one copy after the other; before them those that only padding sees. */
function repeated(short: Tensor, firstRow: number, padTokenId: number, { rows, period }: LongTable): Tensor {
  const unread = padTokenId + 1;
  const kept = Math.min(unread, firstRow); // RoBERTa has rows for padding, BERT has none
  const width = short.shape[1] as number;
  const turns = Array.from({ length: rows - unread }, (_, at) => firstRow + (at % period));
  return tidy(() => {
    const places = tensor1d([...Array.from({ length: kept }, (_, at) => at), ...turns], 'int32');
    const found = gatherRows(short, places);
    return kept === unread ? found : concat([zeros([unread - kept, width]), found], 0);
  });
}
