import type { Reporter } from '../../process/work.ts';
import type { PeerFigures, PeerInput } from './input.ts';

export async function runPeers(input: PeerInput, reporter: Reporter): Promise<PeerFigures> {
  if (input.kind === 'duel') return (await import('./duel-work.ts')).runDuel(input, reporter);
  await reporter.started();
  return (await import('./install-work.ts')).install(input.peer, input.folder, reporter);
}
