import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../published/packages.ts';

export interface InstalledSize {
  /** Bytes of the package's own files. */
  readonly own: number;
  /** Bytes of them and of all that is installed because of them: dependencies and peers that are not optional, each once. */
  readonly all: number;
}

/** What a package takes on the disk that pnpm has installed: its dependencies stand beside it. */
export function installedSize(modules: string, name: string): InstalledSize {
  const sizes = new Map<string, number>();
  const add = (beside: string, package_: string): void => {
    const folder = realpathSync(join(beside, package_));
    if (sizes.has(folder)) return;
    sizes.set(folder, bytesIn(folder));
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    const optional = (manifest['peerDependenciesMeta'] ?? {}) as Readonly<Record<string, { readonly optional?: boolean }>>;
    const peers = Object.keys(manifest.peerDependencies ?? {}).filter((peer) => optional[peer]?.optional !== true);
    const around = join(folder, ...package_.split('/').map(() => '..'));
    for (const each of [...Object.keys(manifest.dependencies ?? {}), ...peers]) if (existsSync(join(around, each))) add(around, each);
  };
  add(modules, name);
  const [own = 0] = sizes.values();
  return { own, all: [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0) };
}

const bytesIn = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
