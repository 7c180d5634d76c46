import { checkpointFolder } from '@longspan/training';

/** Where runs are kept for a later visit: a folder of the page's own file system for each place. */
const top = 'longspan-playground';
const folder = (place: string): string => `${top}/train-${place}`;

/** The file of an earlier visit, where there is one. */
export const keptFile = (place: string): Promise<Uint8Array<ArrayBuffer> | undefined> => checkpointFolder(folder(place)).read();

/** Lets go of the file of an earlier visit. */
export async function forgetFile(place: string): Promise<void> {
  try {
    if (!(await owns(place))) return;
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(top);
    await root.removeEntry(`train-${place}`, { recursive: true });
  } catch {
    // There is none.
  }
}

/** Keeps a file for a later visit; why not, in words, where that cannot be. */
export async function stored(place: string, file: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  if (!(await owns(place))) return 'another tab of this page keeps a run there';
  try {
    await checkpointFolder(folder(place)).write(file);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const held = new Set<string>();

/** Whether this worker may write to a place, which is then its own until it ends: another tab of the page may be at it. */
async function owns(place: string): Promise<boolean> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (locks === undefined || held.has(place)) return true;
  const isMine = await new Promise<boolean>((resolve) => {
    void locks.request(`longspan-train-${place}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => undefined);
    });
  });
  if (isMine) held.add(place);
  return isMine;
}
