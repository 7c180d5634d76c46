import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages, root } from '../published/packages.ts';
import { output } from './program.ts';

/** What each package needs besides, to take a step: core-tensor, with its keys and layers, and tfjs with a backend. */
const besides: Readonly<Record<string, readonly string[]>> = {
  'wasm-backend': ['@tensorflow/tfjs-backend-wasm'],
  'gpu-backend': ['@tensorflow/tfjs-backend-webgpu', 'webgpu'],
};

/** Versions are those of the workspace, so that its store has them. */
const versionOf = (name: string): string => (name === 'webgpu' ? '0.6.2' : '4.22.0');

const programs = fileURLToPath(new URL('./alone', import.meta.url));

export interface AloneProjects {
  /** Holds a folder for each package, by its short name. */
  readonly folder: string;
  remove(): void;
}

/** The name without our scope: `models`. */
export const shortName = (name: string): string => name.replace('@longspan/', '');

/**
 * A project for each published package, outside the workspace, with that package from its packed file, core-tensor and tfjs, and with the
 * programs of `alone`. One installation by pnpm makes them all; what a project does not name, its code cannot reach, and a package reaches
 * what its own package.json names.
 */
export async function aloneProjects(tarballs: Readonly<Record<string, string>>): Promise<AloneProjects> {
  const folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'longspan-alone-'))), 'alone');
  const manifest = (at: string, content: object): void => writeFileSync(join(at, 'package.json'), JSON.stringify(content));
  for (const { name } of publishedPackages) {
    const short = shortName(name);
    const project = join(folder, short);
    mkdirSync(project, { recursive: true });
    const ours = [...new Set([name, '@longspan/core-tensor'])].map((each) => [each, `file:${tarballs[each]}`]);
    const tfjs = ['@tensorflow/tfjs', '@tensorflow/tfjs-core', ...(besides[short] ?? [])].map((each) => [each, versionOf(each)]);
    manifest(project, { name: short, private: true, type: 'module', dependencies: Object.fromEntries([...ours, ...tfjs]) });
    writeFileSync(join(project, 'main.js'), "import { shown } from '../shown.js';\nimport { step } from './step.js';\n\nshown(step);\n");
  }
  cpSync(programs, folder, { recursive: true });
  manifest(folder, { name: 'alone', private: true, type: 'module', dependencies: { '@tensorflow/tfjs': versionOf('@tensorflow/tfjs') } });
  const settings = {
    packages: ['*'],
    overrides: Object.fromEntries(Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`])),
    storeDir: join(root, '.tools/store'),
    cacheDir: join(root, '.tools/cache'),
    preferOffline: true,
    ignoreScripts: true,
    updateNotifier: false,
  };
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), JSON.stringify(settings)); // YAML reads JSON
  const pnpm = join(root, '.tools/node_modules/pnpm/bin/pnpm.cjs');
  await output(process.execPath, [pnpm, 'install', '--no-frozen-lockfile', '--reporter=append-only'], folder);
  return { folder, remove: () => rmSync(join(folder, '..'), { recursive: true }) };
}
