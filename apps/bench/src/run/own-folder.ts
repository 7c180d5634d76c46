import { statSync } from 'node:fs';
import { join } from 'node:path';
import { FileError } from '@longspan/core-tensor/error';
import { lock } from 'proper-lockfile';
import { makeFolder } from '../report/make-folder.ts';

/**
 * Takes the folder of a report for this run alone. A run that was killed holds it ten seconds longer.
 * @param onLost told where another run took it, as it may once this process has slept for that long
 * @returns gives it back
 * @throws FileError where another run has it
 */
export async function ownFolder(folder: string, onLost: () => void): Promise<() => Promise<void>> {
  makeFolder(folder);
  const running = join(folder, '.running');
  if (statSync(running, { throwIfNoEntry: false })?.isFile() === true) {
    throw new FileError({
      caller: 'bench',
      problem: 'the name .running must be free for the run.',
      expected: 'no file of that name',
      got: `${running}, a file of someone else`,
      remedy: 'take it away, or give another folder by --out.',
    });
  }
  try {
    const giveBack = await lock(folder, { lockfilePath: running, onCompromised: onLost });
    // Where the folder cannot be written any more, what the run itself could not write says so; nobody holds it ten seconds later anyway.
    return () => giveBack().catch(() => {});
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
    throw new FileError({
      caller: 'bench',
      problem: 'one run at a time may write to a folder.',
      expected: 'a folder that no run writes to',
      got: `${folder}, which another run is writing to`,
      remedy: 'wait for its end (ten seconds after it was killed), or give another folder by --out.',
    });
  }
}
