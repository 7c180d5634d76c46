/**
 * A mask as JSON: a tree of these nodes. The kinds up to `not` are the vocabulary of the golden fixtures; those after it are Longspan's.
 * A list where a number would do (`dilation`), or one more level of lists, means one per head or per batch row.
 */
export type MaskNode =
  | { readonly kind: 'causal' }
  | { readonly kind: 'slidingWindow'; readonly left: number; readonly right: number }
  | { readonly kind: 'dilatedWindow'; readonly left: number; readonly right: number; readonly dilation: number | readonly number[] }
  | { readonly kind: 'globalTokens'; readonly positions: readonly number[] }
  | { readonly kind: 'blockDiagonal'; readonly size: number }
  | { readonly kind: 'strided'; readonly stride: number }
  | { readonly kind: 'fixed'; readonly stride: number; readonly summary: number }
  | {
      readonly kind: 'bigbird';
      readonly block: number;
      readonly windowBlocks: number;
      readonly globalBlocks: readonly number[];
      readonly randomBlocks: readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[];
    }
  | { readonly kind: 'prefix'; readonly length: number }
  | { readonly kind: 'documents'; readonly ids: readonly number[] | readonly (readonly number[])[] }
  | { readonly kind: 'keyPadding'; readonly lengths: readonly number[] }
  | { readonly kind: 'and' | 'or'; readonly of: readonly MaskNode[] }
  | { readonly kind: 'not'; readonly of: MaskNode }
  | { readonly kind: 'everything' | 'nothing' }
  | { readonly kind: 'perHead' | 'perBatch'; readonly of: readonly MaskNode[] }
  | { readonly kind: 'keysAt' | 'queriesAt'; readonly positions: readonly number[] | readonly (readonly number[])[] }
  | { readonly kind: 'blockWindow'; readonly size: number; readonly left: number; readonly right: number }
  | { readonly kind: 'gridNeighbourhood'; readonly shape: readonly number[]; readonly radius: readonly number[] }
  | { readonly kind: 'gridTiles'; readonly shape: readonly number[]; readonly size: readonly number[] }
  | {
      readonly kind: 'segments';
      /** Names with lengths, in order. */
      readonly queries: readonly (readonly [name: string, length: number])[];
      readonly keys: readonly (readonly [name: string, length: number])[];
      readonly from: string;
      readonly to: string;
      /** Its positions begin at 0 in either segment. */
      readonly of: MaskNode;
    }
  | {
      readonly kind: 'gridShiftedWindows';
      readonly shape: readonly number[];
      readonly window: readonly number[];
      readonly shift: readonly number[];
    };
