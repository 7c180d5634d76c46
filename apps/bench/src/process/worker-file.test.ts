import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bundle } from './worker-file.ts';

it.each(['ENOSPC: no space left on device, write', "EROFS: read-only file system, open 'x'"])(
  'where the program of the workers cannot be written, it says where that is: %s',
  async (got) => {
    const folder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
    const failed = bundle(() => {
      throw new Error(got);
    });
    await expect(failed).rejects.toThrow(`bench: the checkout must have a place for the program of the workers.
  expected  a folder that takes files: ${folder}/node_modules/.cache
  got       ${got}
  remedy    free space on its disk, or take a checkout that you may write to; what was measured before is kept for --resume.`);
  },
);
