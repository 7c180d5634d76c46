import { join } from 'node:path';
import type { Pace } from '../../figures/alternate.ts';
import type { Experiment, ExperimentOptions, Findings, Point } from '../../run/experiment.ts';
import { workspaceRoot } from '../../run/source-hash.ts';
import { buildFlag, buildOf, engineArguments } from '../kernels/build.ts';
import { type PeerFigures, type PeerInput, type PeerName, peerNames } from './input.ts';
import { interpreterOf } from './interpreter.ts';
import { pointName, rowsOf } from './rows.ts';
import { partTables, peerHeadline, peerTable } from './table.ts';

const folder = join(workspaceRoot, 'apps/bench/.peers');
const script = join(workspaceRoot, 'apps/bench/src/experiments/peers/torch_peers.py');

/** Our attention and layers beside those of other libraries, in JavaScript and native. */
export const peers: Experiment<PeerInput, PeerFigures> = {
  name: 'peers',
  about: 'Other libraries on the same work: ONNX Runtime, jax-js, PyTorch; installed into apps/bench/.peers the first time.',
  flags: [
    { name: 'python', value: 'path', about: 'a Python with torch and transformers; else one is set up where python3 is there' },
    buildFlag,
  ],
  docs: 'all tables',
  points,
  run: async (input, reporter) => (await import('./work.ts')).runPeers(input, reporter),
  skip,
  tables: (findings) => [peerTable(findings), ...partTables(findings)],
  headline: peerHeadline,
};

function points(options: ExperimentOptions): readonly Point<PeerInput>[] {
  const { seed, full, flags } = options;
  const build = buildOf(options);
  const pace: Pace = full ? { rounds: 15, budgetSeconds: 30, turnSeconds: 0.3 } : { rounds: 7, budgetSeconds: 3, turnSeconds: 0.1 };
  const given = interpreterOf(flags['python']);
  const python = given === undefined ? {} : { python: given };
  return [
    ...peerNames
      .filter((peer) => peer !== 'PyTorch' || given === undefined)
      .map((peer): Point<PeerInput> => ({ name: installName(peer), input: { kind: 'install', peer, folder }, mayFail: true })),
    ...rowsOf(options).map((row): Point<PeerInput> => {
      const { peer } = row.duel;
      return {
        name: pointName(row),
        input: {
          ...{ kind: 'duel', duel: row.duel, folder, script, seed, pace },
          ...(peer === 'PyTorch' ? python : {}),
          ...(build && { instructions: build }),
        },
        budgetSeconds: full ? 240 : 120,
        mayFail: true,
        ...(given === undefined || peer !== 'PyTorch' ? { needs: installName(peer) } : {}),
        execArgv: [...(peer === 'jax-js' ? iteratorHelpers() : []), ...engineArguments(build)],
      };
    }),
  ];
}

const installName = (peer: PeerName): string => `installing ${peer}`;

/** What could not be installed need not be tried; its own error stands in the table. */
function skip({ input }: Point<PeerInput>, { outcomes }: Findings<PeerFigures>): string | undefined {
  if (input.kind === 'install') return undefined;
  const name = installName(input.duel.peer);
  const ending = outcomes.find(({ point }) => point === name)?.ending;
  return ending?.kind === 'failed' ? `${name} failed: ${ending.error}` : undefined;
}

/** jax-js uses iterator helpers, which Node 20 has after a flag and Node 22 without one. */
const iteratorHelpers = (): string[] => (Number(process.versions.node.split('.')[0]) < 22 ? ['--harmony-iterator-helpers'] : []);
