import type { Reporter } from '../../work.ts';
import type { PointProgress } from '../experiment.ts';
import type { PeerFigures, PeerInput } from './input.ts';

/** Each library is loaded in its own process only. */
export async function runPeers(input: PeerInput, reporter: Reporter<PointProgress>): Promise<PeerFigures> {
  await reporter.started();
  if (input.kind === 'prepare') return (await import('./prepare-work.ts')).prepare(input, reporter);
  switch (input.peer) {
    case 'Longspan':
      return (await import('./own-work.ts')).measureOwn(input);
    case 'onnxruntime-node':
    case 'onnxruntime-web':
      return (await import('./onnx-work.ts')).measureOnnx(input.peer, input);
    case 'jax-js':
      return (await import('./jax-work.ts')).measureJax(input);
    case 'PyTorch':
      return (await import('./torch-work.ts')).measureTorch(input);
  }
}
