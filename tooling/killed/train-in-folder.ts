import { writeSync } from 'node:fs';
import { type CheckpointStore, checkpointFolder } from '@longspan/training';
import { wholeRun } from '../runs/whole-run.ts';

/** Tells whoever started the process where it stands, before anything else happens. */
const tell = (what: string): void => void writeSync(1, `${what}\n`);

const told = ({ read, write }: CheckpointStore): CheckpointStore => ({
  async read() {
    tell('read');
    const bytes = await read();
    tell('step');
    return bytes;
  },
  async write(bytes) {
    tell('write');
    await write(bytes);
    tell('step');
  },
});

/**
 * The run that is killed, with a checkpoint of every step in the folder. Writes a line when it begins to read its checkpoint (`read`), to step
 * (`step`) and to write a checkpoint (`write`).
 */
export async function trainInFolder(folder: string, steps: number): Promise<void> {
  await wholeRun(steps, { store: told(checkpointFolder(folder)), every: 1 }).finish();
}
