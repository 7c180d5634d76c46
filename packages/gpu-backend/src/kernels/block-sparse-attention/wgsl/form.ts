import type { Fields } from '../../../wgsl/fields.ts';
import type { Tile } from '../tile.ts';
import type { ScoreCode } from './scores.ts';

/** What the text of a program depends on. */
export interface Form {
  readonly tile: Tile;
  readonly fields: Fields;
  readonly scores: ScoreCode;
  /** Whether head dimension and value size are multiples of 4. */
  readonly aligned: { readonly head: boolean; readonly value: boolean };
  readonly hasSelected: boolean;
  readonly hasTables: boolean;
}
