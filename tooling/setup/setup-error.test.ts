import { describe, expect, it } from 'vitest';
import { explain } from './setup-error.mjs';

describe('a failed installation', () => {
  it('without a network says that only the first run needs one', () => {
    expect(explain('installing pnpm 1.2.3', 'npm error code EAI_AGAIN\nnpm error a log of this run\n').message).toBe(
      'Longspan: the npm registry could not be reached.\n' +
        '  expected  a network, for the first run only (about 200 MB); later runs need none\n' +
        '  got       installing pnpm 1.2.3: npm error code EAI_AGAIN\n' +
        '  remedy    connect, or name your proxy or mirror (HTTPS_PROXY, or npm config set proxy / registry), and run the same command again: what has come is kept.',
    );
  });

  it.each([
    ['a lockfile that is behind', ' ERR_PNPM_OUTDATED_LOCKFILE  Cannot install', /run `pnpm install` after editing a package\.json/],
    ['a full disk', 'ENOSPC: no space left on device, write', /about 1 GB free/],
    ['a folder of somebody else', "EACCES: permission denied, mkdir 'x'", /clone into a folder of your own/],
  ])('because of %s says what to do', (_, output, message) => {
    expect(explain('installing the packages', output).message).toMatch(message);
  });

  it('for an unknown reason shows the end of what was printed', () => {
    expect(explain('installing the packages', 'one\ntwo\n').message).toMatch(/got {7}this:\none\ntwo\n {2}remedy/);
  });
});
