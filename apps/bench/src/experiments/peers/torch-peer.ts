import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Timed } from '../../figures/alternate.ts';
import { readArrays, writeArrays } from './array-files.ts';
import type { Arrays } from './arrays.ts';
import { base, type PeerInput, sizes, threads } from './input.ts';
import type { Peer } from './peer.ts';
import { startPython } from './python-process.ts';

/** The interpreter of the environment that the bench sets up. */
export const ownPython = (folder: string): string =>
  join(folder, 'venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

/** PyTorch's side: a script of ours in a Python that lives as long as the duel and is asked for its turns. */
export async function torchPeer(
  { duel: { method, n }, folder, python = ownPython(folder), script }: Extract<PeerInput, { kind: 'duel' }>,
  inputs: Arrays,
): Promise<Peer> {
  const files = mkdtempSync(join(folder, 'duel-'));
  try {
    const [given, answers] = [join(files, 'inputs.safetensors'), join(files, 'answers.safetensors')];
    writeArrays(given, inputs);
    const asked = { method, n, threads, inputs: given, answers, ...sizes, base };
    // What it compiles stays in the bench's folder.
    const torch = startPython(python, script, asked, { TORCHINDUCTOR_CACHE_DIR: join(folder, 'inductor') });
    const { version } = (await torch.answer()) as { readonly version: string };
    const timed = (part: 'whole' | 'linear'): Timed => ({
      times: async (runs) => (await torch.ask({ part, runs })) as readonly number[],
    });
    return {
      answers: readArrays(answers),
      version,
      ...timed('whole'),
      ...(method.startsWith('Longformer') ? { linearLayers: timed('linear') } : {}),
      async close() {
        torch.close();
      },
    };
  } finally {
    rmSync(files, { recursive: true });
  }
}
