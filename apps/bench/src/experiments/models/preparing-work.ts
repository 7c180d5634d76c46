import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { install } from '../peers/install-work.ts';
import { bytesIn, savedCheckpoint } from './checkpoint.ts';
import type { ModelsFigures, PreparingInput } from './input.ts';

/** In a process of its own, so that what it holds is in no other's peak. */
export async function prepare({ checkpoint, peers, installed }: PreparingInput, reporter: Reporter): Promise<ModelsFigures> {
  await startBackend('wasm');
  await reporter.started();
  await reporter.progress({ done: 0, label: 'drawing the weights' });
  const folder = await savedCheckpoint(checkpoint);
  for (const peer of peers) await install(peer, installed, reporter);
  return { kind: 'prepared', bytes: bytesIn(folder) };
}
