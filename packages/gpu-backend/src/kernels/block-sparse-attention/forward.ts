import type { AttentionCall, AttentionForward } from '@longspan/core-tensor/kernel';
import { blockCount } from '@longspan/core-tensor/layout';
import { tidy } from '@tensorflow/tfjs-core';
import { encode } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { gridOfTiles } from './grid.ts';
import { listsOn } from './lists.ts';
import { boundTo, ofKeys, ofQueries, partsOf } from './parts.ts';
import { formOf, programOf } from './program.ts';
import { tablesOf } from './tables.ts';
import { subTilesOf } from './tile.ts';
import { tilesFor } from './tuned.ts';
import { fieldsOf, wholePart } from './uniforms.ts';
import { forwardText } from './wgsl/forward.ts';

/**
 * One dispatch for each part, and one for each tensor of a term.
 * @source Dao et al. 2022 (arXiv 2205.14135) §3.1
 */
export function forward(backend: TfjsWebGpu, call: AttentionCall): AttentionForward {
  return tidy(() => {
    const { sizes, layout } = call;
    const { batch, heads, queryLength, headDim, valueDim } = sizes;
    const { device } = backend;
    const { limits } = device;
    const { forward: tile } = tilesFor(device, call);
    const lists = listsOn(device, layout);
    const tables = tablesOf(backend, call);
    const [q, k, v] = [call.q, call.k, call.v].map((x) => withFloats(backend, x)) as [typeof call.q, typeof call.q, typeof call.q];
    const out = unwritten(backend, [batch, heads, queryLength, valueDim]);
    const logSumExp = unwritten(backend, [batch, heads, queryLength]);
    const roundedOff = unwritten(backend, [batch, heads, queryLength]);
    const subTiles = blockCount(queryLength, layout.blockSize) * subTilesOf(layout.blockSize, tile);
    for (const part of partsOf(limits, call)) {
      const { ranges, starts } = boundTo(limits, sizes, part, [
        ofQueries('q', q, headDim),
        ofKeys('k', k, headDim),
        ofKeys('v', v, valueDim),
        ofQueries('out', out, valueDim),
        ofQueries('logSumExp', logSumExp, 1),
        ofQueries('roundedOff', roundedOff, 1),
      ]);
      const fields = fieldsOf(call, tile, lists, tables, wholePart(part), starts);
      encode(backend, {
        program: programOf('attention', formOf(call, tile, fields, tables), forwardText),
        bindings: [...ranges.slice(0, 3), lists.buffer, ...(tables.tensor ? [tables.tensor] : []), ...ranges.slice(3)],
        uniforms: Object.values(fields),
        workgroups: gridOfTiles(limits, subTiles, part.sequences, tile.slices),
      });
    }
    return { out, logSumExp, roundedOff };
  });
}
