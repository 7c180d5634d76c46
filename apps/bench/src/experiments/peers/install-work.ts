import { mkdirSync } from 'node:fs';
import { installPackages } from '../../process/install-packages.ts';
import type { Reporter } from '../../process/work.ts';
import { type PeerFigures, type PeerName, packagesOf } from './input.ts';
import { installPython } from './install-python.ts';

/** Installs a peer into the bench's own folder, unless it is there in its version. */
export async function install(peer: PeerName, folder: string, reporter: Reporter): Promise<PeerFigures> {
  mkdirSync(folder, { recursive: true });
  const say = (label: string): void => void reporter.progress({ done: 0, label });
  say(peer === 'PyTorch' ? 'some minutes the first time' : 'by npm the first time');
  try {
    await (peer === 'PyTorch' ? installPython(folder, say) : installPackages(folder, packagesOf[peer]));
  } catch (error) {
    throw new Error(tellingLine(error));
  }
  return { kind: 'installed' };
}

/** What a program said last about its failure: npm and pip write much else. */
function tellingLine(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
  const lines = (stderr ?? '').split('\n').filter((line) => /error/i.test(line) && !/complete log|debug-0/.test(line));
  return (lines[0] ?? message).trim();
}
