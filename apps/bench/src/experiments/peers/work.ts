import type { Reporter } from '../../process/work.ts';
import type { PointProgress } from '../../run/experiment.ts';
import type { PeerFigures, PeerInput } from './input.ts';

export async function runPeers(input: PeerInput, reporter: Reporter<PointProgress>): Promise<PeerFigures> {
  if (input.kind === 'duel') return (await import('./duel-work.ts')).runDuel(input, reporter);
  await reporter.started();
  return (await import('./install-work.ts')).install(input.peer, input.folder, reporter);
}
