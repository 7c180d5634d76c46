import type { Machine } from '../figures/hardware.ts';
import type { TextFacts } from '../text/text-facts.ts';
import type { Fact } from './report.ts';
import { bytes, coreCount, count, duration } from './wording.ts';

export const textFacts = ({ name, bytes, pieces, pieceName, heldOutPieces, heldOutBytes, sha256 }: TextFacts): Fact[] => [
  ['text', `${name}, ${count(bytes)} bytes in ${count(pieces)} ${pieceName}, sha256 ${sha256.slice(0, 12)}…`],
  ['held out', `every tenth of the ${pieceName}: ${count(heldOutPieces)} with ${count(heldOutBytes)} bytes`],
];

interface Circumstances {
  readonly machine: Machine;
  readonly source: string;
  readonly started: string;
  readonly seconds: number;
}

export function machineFacts({ machine, source, started, seconds }: Circumstances): Fact[] {
  return [
    [
      'machine',
      `${machine.cpu}, ${coreCount(machine.cores)}, ${bytes(machine.memoryBytes)}; ${machine.system}; load ${machine.load} at the start`,
    ],
    [
      'versions',
      `Node ${machine.node}; ${Object.entries(machine.tfjs)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}`,
    ],
    ['commit', `${machine.commit}${machine.dirty ? ', with uncommitted changes' : ''}; hash of the sources ${source}`],
    ['run', `${started}, ${duration(seconds)}`],
  ];
}
