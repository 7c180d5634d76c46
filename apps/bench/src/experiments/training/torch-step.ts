import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AdamWConfig } from '@longspan/training';
import type { Timed } from '../../figures/alternate.ts';
import { readArrays, writeArrays } from '../peers/array-files.ts';
import type { Arrays } from '../peers/arrays.ts';
import { startPython } from '../peers/python-process.ts';
import type { PeerStepInput } from './input.ts';

/** PyTorch's side of a step. */
export interface TorchStep extends Timed {
  /** `loss`, `d.<name>` and `w.<name>` of the first step, by our names. */
  readonly answers: Arrays;
  readonly version: string;
  close(): void;
}

/** Starts it, and has it take the first step. @param given the weights by name, ids and targets */
export async function torchStep(
  { size, threads, python, script, folder }: PeerStepInput,
  given: Arrays,
  adamW: Required<Omit<AdamWConfig, 'decays'>> & { readonly learningRate: number },
): Promise<TorchStep> {
  mkdirSync(folder, { recursive: true });
  const files = mkdtempSync(join(folder, 'step-'));
  try {
    const [inputs, answers] = [join(files, 'inputs.safetensors'), join(files, 'answers.safetensors')];
    writeArrays(inputs, given);
    const torch = startPython(python, script, { ...size, threads, inputs, answers, adamW });
    const { version } = (await torch.answer()) as { readonly version: string };
    return {
      answers: readArrays(answers),
      version,
      times: async (runs) => (await torch.ask({ runs })) as readonly number[],
      close: torch.close,
    };
  } finally {
    rmSync(files, { recursive: true });
  }
}
