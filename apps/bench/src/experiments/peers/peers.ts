import { join, resolve } from 'node:path';
import { interleaved } from '../../round.ts';
import { workspaceRoot } from '../../source-hash.ts';
import type { Experiment, ExperimentOptions, Point } from '../experiment.ts';
import { type PeerFigures, type PeerInput, peerNames } from './input.ts';
import { lengthsOf, peerHeadline, peerTable, pointName, roundsOf } from './table.ts';

const folder = join(workspaceRoot, 'apps/bench/.peers');
const script = join(workspaceRoot, 'apps/bench/src/experiments/peers/torch_peers.py');

/** Our attention and layers beside those of other libraries, in JavaScript and native. */
export const peers: Experiment<PeerInput, PeerFigures> = {
  name: 'peers',
  about: 'Other libraries on the same work: ONNX Runtime, jax-js, PyTorch; installed into apps/bench/.peers the first time.',
  flags: [{ name: 'python', value: 'path', about: 'a Python with torch and transformers; else one is set up where python3 is there' }],
  points,
  run: async (input, reporter) => (await import('./work.ts')).runPeers(input, reporter),
  tables: (findings) => [peerTable(findings)],
  headline: peerHeadline,
};

function points(options: ExperimentOptions): readonly Point<PeerInput>[] {
  const { seed, full, flags } = options;
  const lengths = lengthsOf(options);
  const given = flags['python'];
  const python = typeof given === 'string' ? { python: resolve(process.env['INIT_CWD'] ?? process.cwd(), given) } : {};
  const where = { folder, lengths, seed, ...python };
  // Rounds of fresh processes, every other one backwards: what changes slowly on the machine meets all alike.
  const turns = interleaved([peerNames], roundsOf(options));
  return [
    { name: 'prepare', input: { kind: 'prepare', ...where } },
    ...turns.map(
      ({ round, point: peer }): Point<PeerInput> => ({
        name: pointName(peer, round),
        input: { kind: 'measure', peer, script, runSeconds: full ? 3 : 0.5, ...where },
        budgetSeconds: 600,
        ...(peer === 'Longspan' ? {} : { mayFail: true }),
        ...(peer === 'jax-js' ? { execArgv: iteratorHelpers() } : {}),
      }),
    ),
  ];
}

/** jax-js uses iterator helpers, which Node 20 has behind a flag and Node 22 without one. */
const iteratorHelpers = (): string[] => (Number(process.versions.node.split('.')[0]) < 22 ? ['--harmony-iterator-helpers'] : []);
