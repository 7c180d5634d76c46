import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey, randomUniform } from '@longspan/core-tensor';

/** Where a signal found the process, by the last line that it had written. */
export const places = {
  start: 'before the run had begun',
  read: 'while the checkpoint was read',
  step: 'in a step',
  write: 'while a checkpoint was written',
} as const;

type Place = keyof typeof places;

/** What came of a run that was killed again and again. */
export interface Killed {
  /** How many signals found the process at each place. */
  readonly kills: Readonly<Record<Place, number>>;
  /** Runs that came to their end, each killed several times on its way. */
  readonly runs: number;
  /** Those of them whose last checkpoint is, byte by byte, that of the run that was left alone. */
  readonly equal: number;
}

/** A process that trains in a folder (`trainInFolder`): a program, its arguments after the folder, and how many steps there are. */
export interface Child {
  readonly file: string;
  readonly args: readonly string[];
  readonly steps: number;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** When to kill: so many milliseconds after the n-th time that it came to that place. */
interface Moment {
  readonly place: Place;
  readonly nth: number;
  readonly milliseconds: number;
}

interface Ended {
  /** Where it was; undefined where it came to its end. */
  readonly place: Place | undefined;
  /** Milliseconds that it was at each place, each time. */
  readonly stays: Readonly<Record<Place, readonly number[]>>;
}

/** Runs the process until it ends, or until the moment when it gets the signal that no process can handle. */
function ended({ file, args, steps, environment }: Child, folder: string, moment?: Moment): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const stays: Record<Place, number[]> = { start: [], read: [], step: [], write: [] };
    let [place, since, errors]: [Place, number, string] = ['start', performance.now(), ''];
    let timer: NodeJS.Timeout | undefined;
    const child = spawn(process.execPath, [file, folder, ...args, String(steps)], { env: { ...process.env, ...environment } });
    const arm = (): void => {
      const isThen = place === moment?.place && stays[place].length === moment.nth;
      if (isThen) timer = setTimeout(() => child.kill('SIGKILL'), moment.milliseconds);
    };
    arm();
    child.stderr.on('data', (text) => {
      errors += String(text);
    });
    child.stdout.on('data', (text) => {
      for (const next of String(text).trimEnd().split('\n') as Place[]) {
        stays[place].push(performance.now() - since);
        [place, since] = [next, performance.now()];
        arm();
      }
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal === 'SIGKILL') resolve({ place, stays });
      else if (code === 0) resolve({ place: undefined, stays });
      else reject(new Error(`the process ended with ${code ?? signal}: ${errors}`));
    });
  });
}

/** Where the kills are, in turn: most at those places where a run is again and again. The moments there are drawn. */
const turns: readonly Place[] = ['step', 'write', 'start', 'write', 'read', 'step', 'write', 'step', 'write', 'step'];

function drawnMoment(at: number, stays: Ended['stays'], steps: number): Moment {
  const [nth, when] = randomUniform(createKey('kill').fold(at), 2) as ArrayLike<number> as [number, number];
  const place = turns[at % turns.length] as Place;
  const again = place === 'step' || place === 'write';
  const usual = [...stays[place]].sort((one, other) => one - other)[Math.floor(stays[place].length / 2)] ?? 0;
  return { place, nth: again ? Math.floor(Math.min(6, steps / 2) * nth) : 0, milliseconds: when * usual };
}

const bytesOf = (folder: string): Promise<Buffer> => readFile(join(folder, 'checkpoint.safetensors'));

/**
 * Kills a run at random moments and starts it again until it ends, with one run after the other until there were so many kills, and compares each
 * with a run that was left alone.
 */
export async function killed(child: Child, kills: number): Promise<Killed> {
  const folder = await mkdtemp(join(tmpdir(), 'longspan-killed-'));
  try {
    const alone = join(folder, 'alone');
    const { stays } = await ended(child, alone);
    const expected = await bytesOf(alone);
    const found = { start: 0, read: 0, step: 0, write: 0 };
    let [tries, count, runs, equal] = [0, 0, 0, 0];
    while (count < kills) {
      const own = join(folder, `run ${runs}`);
      for (let isEnded = false; !isEnded; ) {
        const { place } = await ended(child, own, count < kills ? drawnMoment(tries++, stays, child.steps) : undefined);
        isEnded = place === undefined;
        if (place === undefined) continue;
        found[place] += 1;
        count += 1;
      }
      runs += 1;
      if ((await bytesOf(own)).equals(expected)) equal += 1;
    }
    return { kills: found, runs, equal };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** In words, for the table of docs/measured. */
export const sentence = ({ kills, runs, equal }: Killed): string =>
  `${Object.entries(kills)
    .map(([place, count]) => `${count} ${places[place as Place]}`)
    .join(', ')}; ${equal} of ${runs} runs equal`;
