import type { AttentionCall, AttentionForward } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { onThreads, type Runtime } from '../../../runtime/runtime.ts';
import { withArena } from './arena.ts';
import { layoutOf, listFields, panelBytes, rowFields, runStage } from './call-fields.ts';
import { careOf } from './care.ts';
import { inOrder, type JobFields, jobFields } from './job.ts';
import { copyRows } from './rows.ts';
import { termFieldsOf } from './score-term/index.ts';
import { forwardScratch } from './scratch.ts';
import { forwardWork } from './work.ts';

export const forward = (runtime: Runtime, call: AttentionCall): AttentionForward =>
  onThreads(runtime, forwardWork(call), (given) => computeForward(given, call));

function computeForward(runtime: Runtime, call: AttentionCall): Record<keyof AttentionForward, Tensor> {
  const { heap } = runtime;
  const { sizes } = call;
  const { batch, heads, keyHeads, queryLength, headDim, valueDim } = sizes;
  return withArena(heap, (arena) => {
    const out = heap.makeOutput([batch, heads, queryLength, valueDim]);
    const logSumExp = heap.makeOutput([batch, heads, queryLength]);
    const roundedOff = heap.makeOutput([batch, heads, queryLength]);
    const layout = layoutOf(heap, call);
    const lists = listFields(arena, layout, layout);
    const { care, valueScale } = careOf(runtime, arena, call);
    const fields: JobFields = {
      ...sizes,
      scale: call.scale,
      ...lists,
      ...rowFields(runtime, arena, call, valueScale),
      ...termFieldsOf(call, { heap, arena, sizes }),
      keyPanels: arena.allocate(panelBytes(sizes, lists, headDim)),
      out: heap.pointerOf(out),
      logSumExp: heap.pointerOf(logSumExp),
      roundedOff: heap.pointerOf(roundedOff),
      care,
    };
    const job = inOrder(jobFields, fields);
    runStage(runtime, 'packKeyPanels', job, batch * keyHeads * (fields.keyBlocks ?? 0));
    if (fields.positionRows) runStage(runtime, 'packRelativePanels', job, heads);
    runStage(runtime, 'attentionForward', job, batch * heads * (fields.queryBlocks ?? 0), forwardScratch(fields));
    if (valueScale !== 1) {
      const rows = { pointer: heap.pointerOf(out), stride: 4 * valueDim };
      copyRows(runtime, rows, rows, batch * heads * queryLength, valueDim, { scale: 1 / valueScale });
    }
    return { out, logSumExp, roundedOff };
  });
}
