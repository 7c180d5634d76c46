import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, stopped } from './command.mjs';
import { explain, Interrupted } from './setup-error.mjs';
import { environment, pnpmScript, root, workspaceFolders } from './workspace.mjs';

// In node_modules, so that who deletes that folder deletes the claim that it is complete.
const stamp = join(root, 'node_modules', '.longspan-installed');

function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${process.versions.modules}\n`);
  const manifests = workspaceFolders().map((folder) => `${folder}/package.json`);
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function linked(folder) {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const needed = Object.keys(dependencies).length + Object.keys(devDependencies).length > 0;
  return !needed || existsSync(join(root, folder, 'node_modules'));
}

/** Installs what the lockfile says, once: later runs compare a fingerprint of the lockfile and the manifests, and need no network. */
export async function installPackages(say) {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && workspaceFolders().every(linked)) return 'skipped';
  rmSync(stamp, { force: true });
  let output = '';
  const code = await command(
    process.execPath,
    [
      ...[pnpmScript, 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only', '--config.confirm-modules-purge=false'],
      ...['--fetch-retries=3', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=8000'],
    ],
    {
      cwd: root,
      env: environment,
      onText: (text) => {
        output += text;
        const counts = [...text.matchAll(/resolved (\d+), reused \d+, downloaded \d+, added (\d+)/g)].at(-1);
        if (counts) say(`${counts[2]} of ${counts[1]}`);
      },
    },
  );
  if (stopped()) throw new Interrupted();
  if (code !== 0) throw explain('installing the packages', output);
  writeFileSync(stamp, wanted);
  return 'done';
}
