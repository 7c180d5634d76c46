import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Reporter } from '../../process/work.ts';
import { type PeerFigures, type PeerName, packagesOf } from './input.ts';
import { installPython } from './install-python.ts';

const execute = promisify(execFile);
const isWindows = process.platform === 'win32';

/** Installs a peer into the bench's own folder, unless it is there in its version. */
export async function install(peer: PeerName, folder: string, reporter: Reporter): Promise<PeerFigures> {
  mkdirSync(folder, { recursive: true });
  const say = (label: string): void => void reporter.progress({ done: 0, label });
  say(peer === 'PyTorch' ? 'some minutes the first time' : 'by npm the first time');
  try {
    await (peer === 'PyTorch' ? installPython(folder, say) : installPackages(folder, packagesOf[peer]));
  } catch (error) {
    throw new Error(tellingLine(error));
  }
  return { kind: 'installed' };
}

async function installPackages(folder: string, packages: Readonly<Record<string, string>>): Promise<void> {
  const missing = Object.entries(packages).filter(([name, version]) => {
    const path = join(folder, 'node_modules', name, 'package.json');
    return !existsSync(path) || (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version !== version;
  });
  if (missing.length === 0) return;
  const manifest = join(folder, 'package.json'); // else npm takes the workspace above for the project
  if (!existsSync(manifest)) writeFileSync(manifest, `${JSON.stringify({ private: true, name: 'peers' }, undefined, 2)}\n`);
  const wanted = missing.map(([name, version]) => `${name}@${version}`);
  // Without scripts: onnxruntime-node's would fetch CUDA; what runs on the CPU is in the package.
  await execute('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', ...wanted], {
    cwd: folder,
    shell: isWindows,
  });
}

/** What a program said last about its failure: npm and pip write much else. */
function tellingLine(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
  const lines = (stderr ?? '').split('\n').filter((line) => /error/i.test(line) && !/complete log|debug-0/.test(line));
  return (lines[0] ?? message).trim();
}
