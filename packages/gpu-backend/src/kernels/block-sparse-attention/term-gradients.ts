import { type AttentionCall, chunksOf, isLearned, tensorsOf } from '@longspan/core-tensor/kernel';
import { add, reshape, sum, type Tensor } from '@tensorflow/tfjs-core';
import { encode, type TensorPart, u32 } from '../../encode/encode.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Fields } from '../../wgsl/fields.ts';
import type { Lists } from './lists.ts';
import { boundTo, type Operand, ofQueries, type Part } from './parts.ts';
import { formOf, programOf } from './program.ts';
import type { CellSums, TermGradient } from './score-term/term-gradient.ts';
import { hasPairSums, slotsOf } from './slots.ts';
import type { Tables } from './tables.ts';
import type { Tile } from './tile.ts';
import { type Chunk, fieldsOf, wholePart } from './uniforms.ts';
import type { Form } from './wgsl/form.ts';
import { cellSumsText, entrySumsText, headSumsText, relativeQueryText, rowSumsText } from './wgsl/term-sums.ts';

/** Bytes of the pairs' cotangents that are kept at a time: whole sequences, one at least. */
const pairBudget = 2 ** 26;

export interface TermGradients {
  readonly dq: Tensor;
  /** For each term, for each of its tensors; null where it is of integers. */
  readonly ofTerms: readonly (Tensor | null)[];
}

interface Given {
  readonly backend: TfjsWebGpu;
  readonly call: AttentionCall;
  readonly parts: readonly Part[];
  readonly tile: Tile;
  readonly lists: Lists;
  readonly tables: Tables;
  readonly q: Tensor;
  readonly stats: Tensor;
  /** Encodes the gradient of q for a chunk of sequences; of the term `learned`, it keeps the cotangents of pairs in `pairs`. */
  readonly queryGradient: (dq: Tensor, chunk: Chunk, kept?: { readonly learned: number; readonly pairs: Tensor }) => void;
}

/**
 * The gradients of q and of all learned tensors. Cotangents of pairs are kept for some sequences at a time, as much memory as visited
 * blocks, and each number of a gradient is added up from them by one thread or workgroup: no atomics, the same bits every time.
 */
export function termGradients(given: Given): TermGradients {
  const { backend, call, tables, parts } = given;
  const { batch, heads, queryLength, headDim } = call.sizes;
  const sequences = batch * heads;
  const dq = unwritten(backend, call.q.shape);
  if (!hasPairSums(call)) for (const part of parts) given.queryGradient(dq, wholePart(part));
  const sums = tables.terms.map(({ gradient }, at) => sumsOf(given, at, gradient));
  if (hasPairSums(call)) {
    const bytes = 4 * slotsOf(call) * call.layout.blockSize ** 2;
    const perChunk = Math.max(1, Math.min(sequences, Math.floor(pairBudget / Math.max(bytes, 1))));
    const pairs = unwritten(backend, [Math.max(1, (perChunk * bytes) / 4)]);
    for (const chunk of chunksOfParts(parts, perChunk)) {
      // Terms with the same slopes after them share their cotangents.
      const runs = new Map<string, number[]>();
      sums.forEach((each, at) => {
        if (each?.addPairs === undefined) return;
        const run = slopesAfter(tables, at);
        runs.set(run, [...(runs.get(run) ?? []), at]);
      });
      for (const [, members] of runs) {
        const first = members[0] as number;
        const learned = tables.terms[first]?.gradient?.kind === 'relative positions' ? -1 : first;
        given.queryGradient(dq, chunk, { learned, pairs });
        for (const at of members) sums[at]?.addPairs?.(pairs, chunk);
      }
    }
  }
  let whole = dq;
  const ofTerms = call.terms.flatMap((term, at): readonly (Tensor | null)[] => {
    if (!isLearned(term)) return tensorsOf(term).map(() => null);
    const finished = sums[at]?.finish(dq);
    if (finished?.dq) whole = finished.dq;
    return finished?.gradients ?? [];
  });
  return { dq: whole, ofTerms };

  function sumsOf(of: Given, at: number, gradient: TermGradient | undefined): Sums | undefined {
    if (gradient === undefined) return undefined;
    const term = call.terms[at] as AttentionCall['terms'][number];
    const [first] = tensorsOf(term) as [Tensor];
    const names = `term ${at}`;
    const run = (
      name: string,
      text: (form: Form) => string,
      chunk: Chunk,
      bindings: readonly (Tensor | Operand)[],
      items: number,
      more: Fields,
    ): void => {
      const parted = bindings.filter((each): each is Operand => 'tensor' in each);
      const { ranges, starts } = boundTo(backend.device.limits, call.sizes, chunk.part, parted);
      const fields = { ...fieldsOf(call, of.tile, of.lists, tables, chunk, starts), ...more };
      const bound = bindings.map((each) => ('tensor' in each ? (ranges[parted.indexOf(each)] as TensorPart) : each));
      encode(backend, {
        program: programOf(`${name} of ${names}`, formOf(call, of.tile, fields, tables), text),
        bindings: [...bound.slice(0, 1), ...(name.startsWith('sums of heads') ? [] : [of.lists.buffer]), ...bound.slice(1)],
        uniforms: Object.values(fields),
        workgroups: Math.ceil(items / 64),
      });
    };
    const table = tables.tensor as Tensor;
    const overHeads = (rows: Tensor, type: 'f32' | 'vec4f', value: string): Tensor => {
      const out = unwritten(backend, first.shape);
      const more = { batch: u32(batch) };
      run(
        `sums of heads`,
        (form) => headSumsText(form, type, value),
        wholePart({ firstSequence: 0, sequences }),
        [rows, table, out],
        64 * heads,
        more,
      );
      return out;
    };
    const addCells = (out: Tensor, cells: CellSums, pairs: Tensor, chunk: Chunk): void =>
      run(
        'sums of cells',
        (form) => cellSumsText(form, cells),
        chunk,
        [pairs, table, ...(cells.factor ? [ofQueries('q', of.q, headDim)] : []), out],
        cells.lanes * out.size,
        { cells: u32(out.size) },
      );
    switch (gradient.kind) {
      case 'row sums':
        return { finish: () => ({ gradients: [overHeads(of.stats, 'vec4f', gradient.value)] }) };
      case 'head sums': {
        const rows = unwritten(backend, [sequences, queryLength]);
        return {
          addPairs: (pairs, chunk) =>
            run('sums of rows', (form) => rowSumsText(form, gradient), chunk, [pairs, table, rows], chunk.sequences * queryLength, {}),
          finish: () => ({ gradients: [overHeads(rows, 'f32', 'stats')] }),
        };
      }
      case 'cell sums': {
        const out = unwritten(backend, first.shape);
        return { addPairs: (pairs, chunk) => addCells(out, gradient, pairs, chunk), finish: () => ({ gradients: [out] }) };
      }
      case 'entry sums': {
        const out = unwritten(backend, first.shape);
        return {
          addPairs: (pairs, chunk) =>
            out.size > 0
              ? run('sums of entries', entrySumsText, chunk, [pairs, table, out], out.size, { cells: u32(out.size) })
              : undefined,
          finish: () => ({ gradients: [out] }),
        };
      }
      case 'relative positions': {
        const out = unwritten(backend, first.shape);
        const ofPositions = unwritten(backend, call.q.shape);
        const vectors = Math.ceil(headDim / 4);
        return {
          addPairs(pairs, chunk) {
            addCells(out, gradient.rows, pairs, chunk);
            const items = chunk.sequences * queryLength * vectors;
            run(
              'rows for queries',
              (form) => relativeQueryText(form, gradient),
              chunk,
              [pairs, table, ofQueries('sums', ofPositions, headDim)],
              items,
              {},
            );
          },
          finish(ofContent) {
            const [, u, v] = tensorsOf(term) as [Tensor, Tensor, Tensor];
            const ofHeads = (x: Tensor, like: Tensor): Tensor => reshape(sum(sum(x, 2), 0), like.shape);
            return { dq: add(ofContent, ofPositions), gradients: [out, ofHeads(ofContent, u), ofHeads(ofPositions, v)] };
          },
        };
      }
    }
  }
}

/** At most so many sequences at a time, each time of one part. */
const chunksOfParts = (parts: readonly Part[], most: number): readonly Chunk[] =>
  parts.flatMap((part, ofPart) =>
    chunksOf(part.sequences, most).map(({ start, end }, at) => ({
      firstSequence: part.firstSequence + start,
      sequences: end - start,
      part,
      isFirst: ofPart === 0 && at === 0,
    })),
  );

interface Sums {
  readonly addPairs?: (pairs: Tensor, chunk: Chunk) => void;
  /** @param dq the gradient of q without what the term adds to it */
  readonly finish: (dq: Tensor) => { readonly gradients: readonly Tensor[]; readonly dq?: Tensor };
}

/** Which terms change the score by a factor after this one, or after the product, for relative positions. */
function slopesAfter({ terms }: Tables, at: number): string {
  const from = terms[at]?.gradient?.kind === 'relative positions' ? 0 : at + 1;
  return terms.flatMap(({ code }, index) => (index >= from && code.hasSlope ? [index] : [])).join();
}
