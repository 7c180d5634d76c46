import type { AttentionCall, AttentionCotangents, AttentionGradients } from '@longspan/core-tensor/kernel';
import { blockCount } from '@longspan/core-tensor/layout';
import { type Tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { encode, u32 } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { listsOn, transposedOn } from './lists.ts';
import { formOf, programOf } from './program.ts';
import { tablesOf } from './tables.ts';
import { termGradients } from './term-gradients.ts';
import { subTilesOf, tilesOf } from './tile.ts';
import { fieldsOf } from './uniforms.ts';
import { keyGradientText } from './wgsl/key-gradient.ts';
import { queryGradientText } from './wgsl/query-gradient.ts';
import { rowStatsText } from './wgsl/row-stats.ts';

/**
 * Three dispatches, without atomics: each number is added up by one thread in one order, so the same call gives the same bits.
 * @source Dao et al. 2022 (arXiv 2205.14135) appendix B.2
 */
export function backward(backend: TfjsWebGpu, call: AttentionCall, cotangents: AttentionCotangents): AttentionGradients {
  // Nulls too, of which the types of tidy know nothing.
  return tidy((): Tensor[] => {
    const { sizes, layout } = call;
    const { batch, keyHeads, queryLength, keyLength } = sizes;
    const { device } = backend;
    const tiles = tilesOf(layout.blockSize, sizes, device.limits.maxComputeWorkgroupStorageSize);
    const tables = tablesOf(backend, call);
    const given = tables.tensor ? [tables.tensor] : [];
    const floats = (x: Tensor): Tensor => withFloats(backend, x);
    const [q, k, v, cotangent] = [floats(call.q), floats(call.k), floats(call.v), floats(cotangents.outCotangent)];
    const stats = rowStats(backend, call, cotangents, cotangent);

    const lists = listsOn(device, layout);
    const { dq, ofTerms } = termGradients({
      backend,
      call,
      tile: tiles.query,
      lists,
      tables,
      q,
      stats,
      queryGradient(target, chunk, kept) {
        const fields = fieldsOf(call, tiles.query, lists, tables, chunk);
        encode(backend, {
          program: programOf('gradient of queries', formOf(call, tiles.query, fields, tables, kept?.learned), queryGradientText),
          bindings: [q, k, v, cotangent, stats, lists.buffer, ...given, target, ...(kept ? [kept.pairs] : [])],
          uniforms: Object.values(fields),
          workgroups: [
            blockCount(queryLength, layout.blockSize) * subTilesOf(layout.blockSize, tiles.query),
            chunk.sequences ?? 0,
            tiles.query.slices,
          ],
        });
      },
    });

    const transposed = transposedOn(device, layout);
    const keyFields = fieldsOf(call, tiles.key, transposed, tables);
    const dk = unwritten(backend, call.k.shape);
    const dv = unwritten(backend, call.v.shape);
    encode(backend, {
      program: programOf('gradients of keys and values', formOf(call, tiles.key, keyFields, tables), keyGradientText),
      bindings: [q, k, v, cotangent, stats, transposed.buffer, ...given, dk, dv],
      uniforms: Object.values(keyFields),
      workgroups: [blockCount(keyLength, layout.blockSize) * subTilesOf(layout.blockSize, tiles.key), batch * keyHeads, tiles.key.slices],
    });
    return [dq, dk, dv, ...ofTerms] as Tensor[];
  });
}

/** [b, h, nq, 4]: what the gradients need to know of each row of the softmax. */
function rowStats(backend: TfjsWebGpu, { sizes }: AttentionCall, cotangents: AttentionCotangents, cotangent: Tensor): Tensor {
  const { out, logSumExp, roundedOff = zerosLike(logSumExp), logSumExpCotangent } = cotangents;
  const rows = logSumExp.size;
  const fields: Fields = { rows: u32(rows), valueDim: u32(sizes.valueDim), minusInfinity: u32(0xff800000), zero: u32(0) };
  const isAligned = sizes.valueDim % 4 === 0;
  const stats = unwritten(backend, [...logSumExp.shape, 4]);
  encode(backend, {
    program: { name: `rows of the softmax${isAligned ? '' : '; values in fours and a rest'}`, wgsl: () => rowStatsText(fields, isAligned) },
    bindings: [out, cotangent, logSumExp, roundedOff, logSumExpCotangent, stats].map((x) => withFloats(backend, x)),
    uniforms: Object.values(fields),
    workgroups: Math.ceil(rows / 64),
  });
  return stats;
}
