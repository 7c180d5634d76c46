import type { RecordOf } from './term-record.ts';

/** Columns are read in eights, so beyond the end of the keys. */
export const beyond = 8;

export const keyLengths: RecordOf<'keyLengths'> = {
  kind: 'keyLengths',
  /** The least of all key lengths of each batch row. */
  fields({ heap, arena, sizes: { batch, keyLength } }, terms) {
    const lengths = terms.map((term) => heap.pointerOf(term.lengths) / 4);
    const view = heap.i32();
    const least = (row: number): number => Math.min(keyLength, ...lengths.map((at) => view[at + row] as number));
    return { keyLimits: arena.ints(Int32Array.from({ length: batch }, (_, row) => least(row))) };
  },
};

export const originalPositions: RecordOf<'originalPositions'> = {
  kind: 'originalPositions',
  masks: true,
  step: (_, { selfScore }) => (selfScore === undefined ? null : { kind: 'selfScore', amount: selfScore, hasSlope: true }),
  fields({ heap, arena, sizes: { keyLength } }, [term]) {
    const [queryBatch = 1, queryHeads = 1] = term.query.shape;
    const [keyBatch = 1, keyHeads = 1] = term.key.shape;
    const positions = arena.allocate(4 * keyBatch * keyHeads * (keyLength + beyond));
    const source = heap.pointerOf(term.key) / 4;
    const view = heap.i32();
    for (let list = 0; list < keyBatch * keyHeads; list++) {
      const target = positions / 4 + list * (keyLength + beyond);
      view.copyWithin(target, source + list * keyLength, source + (list + 1) * keyLength);
      view.fill(-1, target + keyLength, target + keyLength + beyond);
    }
    return {
      queryPositions: heap.pointerOf(term.query),
      queryPositionBatch: queryBatch,
      queryPositionHeads: queryHeads,
      keyPositions: positions,
      keyPositionBatch: keyBatch,
      keyPositionHeads: keyHeads,
      causal: Number(term.causal),
    };
  },
};
