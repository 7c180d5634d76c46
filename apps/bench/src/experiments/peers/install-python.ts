import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bytes } from '../../report/wording.ts';
import { packagesOf } from './input.ts';
import { ownPython } from './torch-peer.ts';

const isWindows = process.platform === 'win32';
const wanted = Object.entries(packagesOf.PyTorch).map(([name, version]) => `${name}==${version}`);

/** Builds without CUDA, a tenth as large: packages of PyPI's Linux builds do not load without 2 GB of CUDA's libraries. */
const withoutCuda = 'https://download.pytorch.org/whl/cpu';

/**
 * Makes a Python environment with PyTorch in the folder, unless it is there. An interrupted installation goes on where it was: what
 * had been downloaded whole stays in a cache beside it until the environment stands.
 * @param say hears what is being done
 */
export async function installPython(folder: string, say: (label: string) => void): Promise<void> {
  const [own, cache, note] = [ownPython(folder), join(folder, 'pip-cache'), join(folder, 'venv', 'installed.json')];
  const packages = JSON.stringify(wanted);
  if (existsSync(note) && readFileSync(note, 'utf8') === packages) return;
  if (!existsSync(own)) {
    say('making an environment');
    await run(isWindows ? 'python' : 'python3', ['-m', 'venv', join(folder, 'venv')], () => {});
  }
  const pip = (options: readonly string[], onLine: (line: string) => void): Promise<void> =>
    run(own, ['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar', 'off', '--cache-dir', cache, ...options], onLine);
  const told = narrate(say);
  say('looking for a PyTorch without CUDA');
  try {
    // From there PyTorch alone: were it one of two indices, pip would ask it for every package, and wait where it is out of reach.
    const torch = wanted.filter((each) => each.startsWith('torch=='));
    await pip(['--no-deps', '--index-url', withoutCuda, '--retries', '1', '--timeout', '15', ...torch], told);
  } catch {
    say('there is none within reach: the build with CUDA, 2 GB');
  }
  await pip(wanted, told);
  writeFileSync(note, packages);
  rmSync(cache, { recursive: true, force: true });
}

/** Turns what pip prints into what a user wants to know. */
export function narrate(say: (label: string) => void): (line: string) => void {
  let loaded = 0;
  return (line) => {
    const [, file, size, unit] = /^\s*(?:Downloading|Using cached) (\S+).*?\(([\d.]+) (kB|MB|GB)\)/.exec(line) ?? [];
    if (file !== undefined) {
      const more = Number(size) * { kB: 1e3, MB: 1e6, GB: 1e9 }[unit as 'kB' | 'MB' | 'GB'];
      const name = (file.split('/').at(-1) as string).split('-')[0] as string;
      say(`downloading ${name}, ${bytes(more)}${loaded === 0 ? '' : `, after ${bytes(loaded)}`}`);
      loaded += more;
    } else if (/^Installing collected packages/.test(line)) say(`unpacking ${bytes(loaded)}`);
  };
}

/** Runs a program to its end, and rejects with its own words where that is not a good one. */
function run(program: string, options: readonly string[], onLine: (line: string) => void): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-10_000);
    });
    createInterface(child.stdout).on('line', onLine);
    child.on('error', failed);
    child.on('close', (code) => {
      if (code === 0) done();
      else failed(Object.assign(new Error(`${program} ended with ${code}`), { stderr }));
    });
  });
}
