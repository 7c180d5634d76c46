import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Installs packages of npm into a folder of their own, those that are not there in their versions.
 * @param options further ones of npm's
 */
export async function installPackages(
  folder: string,
  packages: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<void> {
  const missing = Object.entries(packages).filter(([name, version]) => {
    const path = join(folder, 'node_modules', name, 'package.json');
    return !existsSync(path) || (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version !== version;
  });
  if (missing.length === 0) return;
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, 'package.json'); // else npm takes the workspace above for the project
  if (!existsSync(manifest)) {
    writeFileSync(manifest, `${JSON.stringify({ private: true, name: basename(folder).replace(/^[.]/, '') }, undefined, 2)}\n`);
  }
  const wanted = missing.map(([name, version]) => `${name}@${version}`);
  // Without scripts: onnxruntime-node's would fetch CUDA; what runs on the CPU is in the package.
  await execute('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', ...options, ...wanted], {
    cwd: folder,
    shell: process.platform === 'win32',
  });
}
