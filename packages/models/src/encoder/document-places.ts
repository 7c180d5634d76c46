import type { Mask, MaskNode } from '@longspan/attention-sparse/mask';
import { ShapeError } from '@longspan/core-tensor/error';
import { type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';

/** For each token how many tokens of its document come before it; one list for all batch rows, or one for each. */
export type DocumentPlaces = Int32Array | readonly Int32Array[];

const known = new WeakMap<Mask, DocumentPlaces | 'none'>();

/**
 * Where each token stands in its own text, for a mask under which tokens attend to their own documents alone: `documents(ids)`, and what
 * restricts it further by `and`. Nothing for any other mask. Made once for each mask.
 * @cost O(tokens) once
 */
export function documentPlaces(mask: Mask | undefined): DocumentPlaces | undefined {
  if (mask?.serialisable !== true) return undefined;
  const kept = known.get(mask);
  if (kept !== undefined) return kept === 'none' ? undefined : kept;
  const made = placesOf(mask.toJSON());
  known.set(mask, made ?? 'none');
  return made;
}

function placesOf(node: MaskNode): DocumentPlaces | undefined {
  if (node.kind === 'and') {
    for (const each of node.of) {
      const found = placesOf(each);
      if (found !== undefined) return found;
    }
  }
  if (node.kind !== 'documents') return undefined;
  return isPerRow(node.ids) ? node.ids.map(counted) : counted(node.ids);
}

const isPerRow = (ids: readonly number[] | readonly (readonly number[])[]): ids is readonly (readonly number[])[] =>
  typeof ids[0] === 'object';

/** Tokens of one document need not lie together. */
function counted(ids: readonly number[]): Int32Array {
  const counts = new Map<number, number>();
  return Int32Array.from(ids, (id) => {
    const place = counts.get(id) ?? 0;
    counts.set(id, place + 1);
    return place;
  });
}

export const isShared = (places: DocumentPlaces): places is Int32Array => ArrayBuffer.isView(places);

/** int32 [n], or [b, n] where rows differ. */
export const placesTensor = (places: DocumentPlaces): Tensor =>
  isShared(places)
    ? tensor1d(places, 'int32')
    : tensor2d(Int32Array.from(places.flatMap((row) => [...row])), [places.length, places[0]?.length ?? 0], 'int32');

/** Throws unless there is a place for each id. */
export function requirePlaces(caller: string, places: DocumentPlaces, ids: { readonly batch: number; readonly length: number }): void {
  const rows = isShared(places) ? [places] : places;
  if ((isShared(places) || rows.length === ids.batch) && rows.every((row) => row.length === ids.length)) return;
  throw new ShapeError({
    caller,
    problem: 'the documents of context.mask must be those of the ids.',
    expected: `one id of a document for each token: [${ids.length}], or [${ids.batch}, ${ids.length}]  (set by ids)`,
    got: isShared(places) ? `[${places.length}]` : `[${rows.length}, ${rows.map((row) => row.length).join(' or ')}]`,
    remedy: 'give documents(ids) with as many ids as tokens.',
  });
}
