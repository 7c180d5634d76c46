import type { AttentionCall, AttentionCotangents, AttentionGradients } from '@longspan/core-tensor/kernel';
import { blockCount } from '@longspan/core-tensor/layout';
import { type Tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { encode, u32 } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { gridOfTiles } from './grid.ts';
import { listsOn, transposedOn } from './lists.ts';
import { boundTo, ofKeys, ofQueries, type Part, partsOf } from './parts.ts';
import { formOf, programOf } from './program.ts';
import { tablesOf } from './tables.ts';
import { termGradients } from './term-gradients.ts';
import { subTilesOf } from './tile.ts';
import { tilesFor } from './tuned.ts';
import { fieldsOf, wholePart } from './uniforms.ts';
import { keyGradientText } from './wgsl/key-gradient.ts';
import { queryGradientText } from './wgsl/query-gradient.ts';
import { rowStatsText } from './wgsl/row-stats.ts';

/**
 * Three dispatches for each part, without atomics: each number is added up by one thread in one order, so the same call gives the same bits.
 * @source Dao et al. 2022 (arXiv 2205.14135) appendix B.2
 */
export function backward(backend: TfjsWebGpu, call: AttentionCall, cotangents: AttentionCotangents): AttentionGradients {
  // Nulls too, of which the types of tidy know nothing.
  return tidy((): Tensor[] => {
    const { sizes, layout } = call;
    const { queryLength, keyLength, headDim, valueDim, heads, keyHeads } = sizes;
    const { device } = backend;
    const { limits } = device;
    const parts = partsOf(limits, call);
    const tiles = tilesFor(device, call);
    const tables = tablesOf(backend, call);
    const given = tables.tensor ? [tables.tensor] : [];
    const floats = (x: Tensor): Tensor => withFloats(backend, x);
    const [q, k, v, cotangent] = [floats(call.q), floats(call.k), floats(call.v), floats(cotangents.outCotangent)];
    const stats = rowStats(backend, call, parts, cotangents, cotangent);
    const operands = [
      ofQueries('q', q, headDim),
      ofKeys('k', k, headDim),
      ofKeys('v', v, valueDim),
      ofQueries('cotangent', cotangent, valueDim),
      ofQueries('stats', stats, 4),
    ];

    const lists = listsOn(device, layout);
    const queryTiles = blockCount(queryLength, layout.blockSize) * subTilesOf(layout.blockSize, tiles.query);
    const { dq, ofTerms } = termGradients({
      backend,
      call,
      parts,
      tile: tiles.query,
      lists,
      tables,
      q,
      stats,
      queryGradient(target, chunk, kept) {
        const { ranges, starts } = boundTo(limits, sizes, chunk.part, [...operands, ofQueries('dq', target, headDim)]);
        const fields = fieldsOf(call, tiles.query, lists, tables, chunk, starts);
        encode(backend, {
          program: programOf('gradient of queries', formOf(call, tiles.query, fields, tables, kept?.learned), queryGradientText),
          bindings: [...ranges.slice(0, 5), lists.buffer, ...given, ...ranges.slice(5), ...(kept ? [kept.pairs] : [])],
          uniforms: Object.values(fields),
          workgroups: gridOfTiles(limits, queryTiles, chunk.sequences, tiles.query.slices),
        });
      },
    });

    const transposed = transposedOn(device, layout);
    const dk = unwritten(backend, call.k.shape);
    const dv = unwritten(backend, call.v.shape);
    const keyTiles = blockCount(keyLength, layout.blockSize) * subTilesOf(layout.blockSize, tiles.key);
    for (const part of parts) {
      const results = [ofKeys('dk', dk, headDim), ofKeys('dv', dv, valueDim)];
      const { ranges, starts } = boundTo(limits, sizes, part, [...operands, ...results]);
      const fields = fieldsOf(call, tiles.key, transposed, tables, wholePart(part), starts);
      encode(backend, {
        program: programOf('gradients of keys and values', formOf(call, tiles.key, fields, tables), keyGradientText),
        bindings: [...ranges.slice(0, 5), transposed.buffer, ...given, ...ranges.slice(5)],
        uniforms: Object.values(fields),
        workgroups: gridOfTiles(limits, keyTiles, (part.sequences * keyHeads) / heads, tiles.key.slices),
      });
    }
    return [dq, dk, dv, ...ofTerms] as Tensor[];
  });
}

/** [b, h, nq, 4]: what the gradients need to know of each row of the softmax. */
function rowStats(
  backend: TfjsWebGpu,
  { sizes }: AttentionCall,
  parts: readonly Part[],
  cotangents: AttentionCotangents,
  cotangent: Tensor,
): Tensor {
  const { out, logSumExp, roundedOff = zerosLike(logSumExp), logSumExpCotangent } = cotangents;
  const isAligned = sizes.valueDim % 4 === 0;
  const stats = unwritten(backend, [...logSumExp.shape, 4]);
  const floats = (x: Tensor): Tensor => withFloats(backend, x);
  const operands = [
    ofQueries('out', floats(out), sizes.valueDim),
    ofQueries('cotangent', cotangent, sizes.valueDim),
    ofQueries('logSumExp', floats(logSumExp), 1),
    ofQueries('roundedOff', floats(roundedOff), 1),
    ofQueries('logSumExpCotangent', floats(logSumExpCotangent), 1),
    ofQueries('stats', stats, 4),
  ];
  for (const part of parts) {
    const { ranges, starts } = boundTo(backend.device.limits, sizes, part, operands);
    const rows = part.sequences * sizes.queryLength;
    const fields: Fields = { rows: u32(rows), valueDim: u32(sizes.valueDim), minusInfinity: u32(0xff800000), zero: u32(0), ...starts };
    encode(backend, {
      program: {
        name: `rows of the softmax${isAligned ? '' : '; values in fours and a rest'}`,
        wgsl: () => rowStatsText(fields, isAligned),
      },
      bindings: ranges,
      uniforms: Object.values(fields),
      workgroups: Math.ceil(rows / 64),
    });
  }
  return stats;
}
