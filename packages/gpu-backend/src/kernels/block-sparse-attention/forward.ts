import type { AttentionCall, AttentionForward } from '@longspan/core-tensor/kernel';
import { blockCount } from '@longspan/core-tensor/layout';
import { tidy } from '@tensorflow/tfjs-core';
import { encode } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { listsOn } from './lists.ts';
import { formOf, programOf } from './program.ts';
import { tablesOf } from './tables.ts';
import { subTilesOf, tilesOf } from './tile.ts';
import { fieldsOf } from './uniforms.ts';
import { forwardText } from './wgsl/forward.ts';

/**
 * One dispatch, and one more for each tensor of a term.
 * @source Dao et al. 2022 (arXiv 2205.14135) §3.1
 */
export function forward(backend: TfjsWebGpu, call: AttentionCall): AttentionForward {
  return tidy(() => {
    const { sizes, layout } = call;
    const { batch, heads, queryLength, valueDim } = sizes;
    const { device } = backend;
    const { forward: tile } = tilesOf(layout.blockSize, sizes, device.limits.maxComputeWorkgroupStorageSize);
    const lists = listsOn(device, layout);
    const tables = tablesOf(backend, call);
    const fields = fieldsOf(call, tile, lists, tables);
    const [q, k, v] = [call.q, call.k, call.v].map((x) => withFloats(backend, x)) as [typeof call.q, typeof call.q, typeof call.q];
    const out = unwritten(backend, [batch, heads, queryLength, valueDim]);
    const logSumExp = unwritten(backend, [batch, heads, queryLength]);
    const roundedOff = unwritten(backend, [batch, heads, queryLength]);
    encode(backend, {
      program: programOf('attention', formOf(call, tile, fields, tables), forwardText),
      bindings: [q, k, v, lists.buffer, ...(tables.tensor ? [tables.tensor] : []), out, logSumExp, roundedOff],
      uniforms: Object.values(fields),
      workgroups: [blockCount(queryLength, layout.blockSize) * subTilesOf(layout.blockSize, tile), batch * heads, tile.slices],
    });
    return { out, logSumExp, roundedOff };
  });
}
