import type { ScoreTerm } from '@longspan/core-tensor';
import { type AttentionCall, type AttentionSizes, dropoutTables } from '@longspan/core-tensor/kernel';
import type { Heap } from '../../../heap/heap.ts';
import type { Arena } from './arena.ts';
import { inOrder, type JobFields, type TermFields, termFields, termKinds } from './job.ts';

/** What a step's gradient is added to: a slot in the heap, and whether each batch row and head has a part of its own. */
export interface TermCotangent {
  readonly pointer: number;
  readonly apart: boolean;
}

/** A step as its record, but for what the backward pass adds. */
type Step = Omit<TermFields, 'cotangent' | 'apart' | 'slope'>;

const blank: Step = { kind: 0, table: 0, batch: 1, heads: 1, size: 0, columns: 0, center: 0, amount: 0 };
const kindOf = (kind: (typeof termKinds)[number]): number => termKinds.indexOf(kind);

/** The step between the scaled score and the softmax that a term is; null for one that is none. */
function stepOf(heap: Heap, term: ScoreTerm): Step | null {
  switch (term.kind) {
    case 'bias': {
      const [batch = 1, heads = 1, rows = 0, columns = 0] = term.bias.shape;
      return { ...blank, kind: kindOf('bias'), table: heap.pointerOf(term.bias), batch, heads, size: rows * columns, columns };
    }
    case 'blockBias': {
      const columns = term.bias.shape[2] ?? 0;
      return { ...blank, kind: kindOf('blockBias'), table: heap.pointerOf(term.bias), size: term.bias.size, columns };
    }
    case 'distanceBias': {
      const [heads = 1, columns = 0] = term.table.shape;
      return {
        ...blank,
        kind: kindOf('distanceBias'),
        table: heap.pointerOf(term.table),
        heads,
        size: columns,
        columns,
        center: term.center,
      };
    }
    case 'cellBias': {
      const [heads = 1, columns = 0] = term.table.shape;
      return { ...blank, kind: kindOf('cellBias'), table: heap.pointerOf(term.table), heads, size: columns * columns, columns };
    }
    case 'alibi':
      return { ...blank, kind: kindOf('alibi'), table: heap.pointerOf(term.slopes) };
    case 'softCap':
      return { ...blank, kind: kindOf('softCap'), amount: term.cap };
    case 'spanRamp':
      return { ...blank, kind: kindOf('spanRamp'), table: heap.pointerOf(term.span), amount: term.ramp };
    case 'originalPositions':
      return term.selfScore === undefined ? null : { ...blank, kind: kindOf('selfScore'), amount: term.selfScore };
    case 'keyLengths':
    case 'relativePositions':
    case 'attentionDropout':
      return null;
  }
}

const hasSlope = ({ kind }: Step): boolean => kind === kindOf('softCap') || kind === kindOf('selfScore');

/** The fields of a job that its score terms decide, relative positions apart. `cotangents`: by term, going back. */
export function termFieldsOf(
  heap: Heap,
  arena: Arena,
  { terms }: AttentionCall,
  sizes: AttentionSizes,
  cotangents: readonly (TermCotangent | undefined)[] = [],
): JobFields {
  let slopes = 0;
  const records = terms.flatMap((term, at) => {
    const step = stepOf(heap, term);
    if (step === null) return [];
    const { pointer = 0, apart = false } = cotangents[at] ?? {};
    return [inOrder(termFields, { ...step, cotangent: pointer, apart: Number(apart), slope: hasSlope(step) ? slopes++ : -1 })];
  });
  return {
    terms: arena.ints(records.flat()),
    termCount: records.length,
    termsHide: Number(terms.some(({ kind }) => kind === 'spanRamp' || kind === 'originalPositions')),
    keyLimits: keyLimits(heap, arena, terms, sizes),
    ...positionFields(heap, arena, terms, sizes),
    ...dropoutFields(arena, terms, sizes),
  };
}

/** The least of all key lengths of each batch row. */
function keyLimits(heap: Heap, arena: Arena, terms: readonly ScoreTerm[], { batch, keyLength }: AttentionSizes): number {
  const lengths = terms.filter((term) => term.kind === 'keyLengths').map((term) => heap.pointerOf(term.lengths) / 4);
  if (lengths.length === 0) return 0;
  const view = heap.i32();
  return arena.ints(Int32Array.from({ length: batch }, (_, row) => Math.min(keyLength, ...lengths.map((at) => view[at + row] as number))));
}

/** Columns are read in eights, so beyond the end of the keys. */
const beyond = 8;

function positionFields(heap: Heap, arena: Arena, terms: readonly ScoreTerm[], { keyLength }: AttentionSizes): JobFields {
  const term = terms.find((one) => one.kind === 'originalPositions');
  if (term === undefined) return {};
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
}

function dropoutFields(arena: Arena, terms: readonly ScoreTerm[], { batch, heads, queryLength, keyLength }: AttentionSizes): JobFields {
  const term = terms.find((one) => one.kind === 'attentionDropout');
  if (term === undefined) return { dropoutGain: 1 };
  const queries = batch * heads * queryLength;
  const { query, key, threshold, gain } = dropoutTables(term, queries, keyLength);
  const ofQueries = new Float32Array(3 * queries);
  const ofKeys = new Float32Array(3 * (keyLength + beyond));
  [query.factor, query.shift, query.lateShift].forEach((values, at) => {
    ofQueries.set(values, at * queries);
  });
  [key.factor, key.shift, key.lateShift].forEach((values, at) => {
    ofKeys.set(values, at * (keyLength + beyond));
  });
  return {
    dropoutQueries: arena.floats(ofQueries),
    dropoutKeys: arena.floats(ofKeys),
    dropoutThreshold: threshold,
    dropoutGain: gain,
  };
}
