import type { BlockLayout, BlockLists } from '@longspan/core-tensor';
import type { AttentionCall } from '@longspan/core-tensor/kernel';
import { blockCount } from '@longspan/core-tensor/layout';
import { recordOf } from './score-term/index.ts';

/** How the backward pass is cut into items: chunks of key blocks, each with the range of queries that attend to some of it. */
export interface KeyChunks {
  readonly count: number;
  /** Key blocks of each, but for the last. */
  readonly blocks: number;
  /** For each chunk its first query, its queries, and the rows of all parts before its own: QueryPart in assembly/. */
  readonly parts: Int32Array;
  /** Rows of all parts. */
  readonly rows: number;
  /** Whether an item is a chunk of all key heads of all batch rows, instead of one. */
  readonly ofAll: boolean;
}

// Enough items for each of eight threads to be given two; the sums of dQ may take up to three times the memory of dQ.
const items = 16;
const mostRows = 3;

/** The same for any number of threads, so that results are. `layout`: the call's, with its run-time list. */
export function keyChunks({ terms, sizes }: AttentionCall, layout: BlockLayout): KeyChunks {
  const { batch, heads, keyHeads, queryLength } = sizes;
  const { blockSize } = layout;
  const keyBlocks = blockCount(layout.keyLength, blockSize);
  const ofAll = terms.some((term) => recordOf(term).isShared?.(term, sizes, layout));
  // A group of scores reads, and adds nothing to, up to seven cells after its block: which must not be another item's.
  const whole = blockSize % 8 !== 0 && terms.some((term) => recordOf(term).writesBeyond);
  const sequences = ofAll ? 1 : batch * keyHeads;
  for (let most = whole ? 1 : Math.ceil(items / sequences); ; most = Math.floor(most / 2)) {
    const blocks = Math.max(1, Math.ceil(keyBlocks / Math.max(most, 1)));
    const count = Math.max(1, Math.ceil(keyBlocks / blocks));
    const { parts, rows } = queryParts(layout.transposed, { count, blocks, keyBlocks, blockSize, queryLength, sequences: batch * heads });
    if (rows <= mostRows * batch * heads * queryLength || count === 1) return { count, blocks, parts, rows, ofAll };
  }
}

interface Cut {
  readonly count: number;
  readonly blocks: number;
  readonly keyBlocks: number;
  readonly blockSize: number;
  readonly queryLength: number;
  readonly sequences: number;
}

function queryParts({ indptr, indices }: BlockLists, cut: Cut): { readonly parts: Int32Array; readonly rows: number } {
  const { count, blocks, keyBlocks, blockSize, queryLength, sequences } = cut;
  if (count === 1) return { parts: Int32Array.of(0, queryLength, 0), rows: sequences * queryLength };
  const first = new Int32Array(count).fill(queryLength);
  const end = new Int32Array(count);
  for (let list = 0; list + 1 < indptr.length; list++) {
    const chunk = Math.floor((list % keyBlocks) / blocks);
    for (let at = indptr[list] as number; at < (indptr[list + 1] as number); at++) {
      const query = (indices[at] as number) * blockSize;
      first[chunk] = Math.min(first[chunk] as number, query);
      end[chunk] = Math.max(end[chunk] as number, Math.min(query + blockSize, queryLength));
    }
  }
  const parts = new Int32Array(3 * count);
  let rows = 0;
  for (let chunk = 0; chunk < count; chunk++) {
    const queries = Math.max(0, (end[chunk] as number) - (first[chunk] as number));
    parts.set([first[chunk] as number, queries, rows], 3 * chunk);
    rows += sequences * queries;
  }
  return { parts, rows };
}
