import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Timed } from '../../figures/alternate.ts';
import { readArrays, writeArrays } from '../peers/array-files.ts';
import { threads } from '../peers/input.ts';
import { startPython } from '../peers/python-process.ts';
import type { Batch, Python } from './input.ts';

/** PyTorch's side of a checkpoint's work. */
export interface TorchEncoder extends Timed {
  /** [texts · tokens · width] */
  readonly hidden: Float32Array;
  readonly version: string;
  close(): void;
}

/** Starts it, and has it run once. @param globals the tokens that all attend to */
export async function torchEncoder(
  { python, script }: Python,
  checkpoint: string,
  ids: Int32Array,
  { texts, tokens }: Batch,
  globals: readonly number[],
): Promise<TorchEncoder> {
  const files = mkdtempSync(join(checkpoint, '..', 'turn-'));
  try {
    const [inputs, answers] = [join(files, 'inputs.safetensors'), join(files, 'answers.safetensors')];
    writeArrays(inputs, { ids: { shape: [texts, tokens], values: Float32Array.from(ids) } }); // exact below 2^24
    const torch = startPython(python, script, { folder: checkpoint, inputs, answers, globals, threads });
    const { version } = (await torch.answer()) as { readonly version: string };
    return {
      hidden: readArrays(answers)['hidden']?.values ?? new Float32Array(0),
      version,
      times: async (runs) => (await torch.ask({ runs })) as readonly number[],
      close: torch.close,
    };
  } finally {
    rmSync(files, { recursive: true });
  }
}
