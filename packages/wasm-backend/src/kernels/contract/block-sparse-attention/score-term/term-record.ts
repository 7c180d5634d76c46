import type { ScoreTerm } from '@longspan/core-tensor';
import type { AttentionSizes } from '@longspan/core-tensor/kernel';
import type { BlockLayout } from '@longspan/core-tensor/layout';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Heap } from '../../../../heap/heap.ts';
import type { Runtime } from '../../../../runtime/runtime.ts';
import type { Arena } from '../arena.ts';
import type { JobFields, TermFields, termKinds } from '../job.ts';

/** What a term's step is in assembly: what differs from a step without a table. */
export interface TermStep extends Partial<Omit<TermFields, 'kind' | 'cotangent' | 'apart' | 'slope'>> {
  readonly kind: (typeof termKinds)[number];
  /** Whether the way back needs the slope of each score, which is kept. */
  readonly hasSlope?: boolean;
}

/** Where a call's terms are written. */
export interface TermPlace {
  readonly heap: Heap;
  readonly arena: Arena;
  readonly sizes: AttentionSizes;
}

/** Where the gradients of a call's terms are added up. */
export interface SlotPlace extends TermPlace {
  readonly runtime: Runtime;
  /** How many chunks of keys add to them side by side. */
  readonly chunks: number;
}

/** A slot for the gradient of a term that has one tensor, and how it becomes that gradient. */
export interface TermSlot {
  /** Where it is added to; 0 where nothing is, because it follows from the job's rows. */
  readonly pointer: number;
  /** Whether each chunk, batch row and head has a part of its own. */
  readonly apart: boolean;
  finish(fields: JobFields): Tensor;
}

/** All that these kernels know of a kind of score term, besides its case in assembly/. Hooks that it has no use for are omitted. */
export interface TermRecord<Term extends ScoreTerm> {
  readonly kind: Term['kind'];
  /** Whether it masks pairs one by one. */
  readonly masks?: boolean;
  /** The step between the scaled score and the softmax that it is; null for a term without such a step. */
  step?(heap: Heap, term: Term): TermStep | null;
  /** Fields of the job that all terms of its kind decide together. */
  fields?(place: TermPlace, terms: readonly [Term, ...Term[]]): JobFields;
  slot?(place: SlotPlace, term: Term): TermSlot;
  /** Whether chunks of keys of several sequences add to the same numbers, so that one item has to take them all. */
  isShared?(term: Term, sizes: AttentionSizes, layout: BlockLayout): boolean;
  /** Whether its gradient is written in groups of eight keys, also after the end of a block. */
  readonly writesBeyond?: boolean;
}

export type RecordOf<Kind extends ScoreTerm['kind']> = TermRecord<Extract<ScoreTerm, { readonly kind: Kind }>>;
