import type { LayerResult } from '@longspan/core-tensor';
import type { stages } from '../source/stages.ts';
import type { TextWindow } from '../window/windows.ts';
import { disposeOutput, type ModelRow, readRows, type TextModel } from './text-model.ts';

/** Tokens that go through the model at once, where a window is not longer. */
const tokensAtOnce = 2048;

/**
 * Reads windows through a model, several of one length at once, and hands on what it gave of each part, which is disposed after.
 * @param rowOf the ids of a window, special tokens and all
 * @param take `rows` are the windows' numbers among `windows`
 */
export async function readWindows<Out extends LayerResult>(
  caller: string,
  model: TextModel<Out>,
  windows: readonly TextWindow[],
  {
    rowOf,
    context,
    step,
  }: {
    readonly rowOf: (window: TextWindow) => ModelRow;
    /** Made anew for the windows of each run, in its tidy. */
    readonly context?: ((windows: readonly TextWindow[]) => object) | undefined;
    readonly step: ReturnType<typeof stages>;
  },
  take: (output: Out, rows: readonly number[]) => Promise<void>,
): Promise<void> {
  await step({ stage: 'read', done: 0, total: windows.length });
  let at = 0;
  while (at < windows.length) {
    const rows = [rowOf(windows[at] as TextWindow)];
    const length = rows[0]?.ids.length as number;
    while (at + rows.length < windows.length && (rows.length + 1) * length <= tokensAtOnce) {
      const next = rowOf(windows[at + rows.length] as TextWindow);
      if (next.ids.length !== length) break;
      rows.push(next);
    }
    const read = windows.slice(at, at + rows.length);
    const output = readRows(caller, model, rows, { context: context && (() => context(read)) });
    try {
      await take(
        output,
        rows.map((_, row) => at + row),
      );
    } finally {
      disposeOutput(output);
    }
    at += rows.length;
    await step({ stage: 'read', done: at, total: windows.length });
  }
}
