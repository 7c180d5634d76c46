import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const start = fileURLToPath(new URL('./install.mjs', import.meta.url));

/** Starts the setup under a Node that says it has that version. */
const under = (version: string): Promise<{ code: number; stderr: string }> =>
  new Promise((resolve) => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
    const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, start];
    execFile(process.execPath, args, (error, _, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stderr }));
  });

describe('the setup', () => {
  it.each(['18.20.4', '20.18.3'])('under Node %s leaves with what to install', async (version) => {
    expect(await under(version)).toEqual({
      code: 1,
      stderr:
        'Longspan: this Node is too old.\n' +
        `  expected  Node 20.19.0 or newer\n  got       Node ${version}\n` +
        '  remedy    install Node 20 or newer (https://nodejs.org, or your version manager), then run the same command again.\n',
    });
  });
});
