import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { draw, place } from './loading.ts';
import { sha256 } from './played-hub.ts';

const weights = draw(3_000_000, 9);
const name = 'model.safetensors';

it('two processes that want one file fetch it once, and both get it', async () => {
  const here = await place();
  try {
    here.hub.push({ [name]: weights }, [name]);
    const program = ['--import', 'tsx', '--conditions=@longspan/source', fileURLToPath(new URL('./reader.ts', import.meta.url))];
    const read = (): Promise<string> =>
      promisify(execFile)(process.execPath, [...program, here.hub.endpoint, here.folder, name]).then(({ stdout }) => stdout);
    expect(await Promise.all([read(), read()])).toEqual([sha256(weights), sha256(weights)]);
    expect(here.hub.sent()).toBe(weights.length);
    expect(await readdir(join(here.folder, 'models--org--tiny/blobs'))).toEqual([sha256(weights)]);
  } finally {
    await here.remove();
  }
});
