import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface PublishedPackage {
  readonly name: string;
  /** The absolute path of its folder. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** The source file of each public entry: `{ './mask': 'src/mask/index.ts' }`. */
  readonly entries: Readonly<Record<string, string>>;
}

function entriesOf({ exports }: Manifest): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const [entry, target] of Object.entries(exports)) {
    const source = typeof target === 'string' ? undefined : target['@longspan/source'];
    if (source !== undefined) entries[entry] = source.replace('./', '');
  }
  return entries;
}

/** The packages of `packages/` that are published, by name. */
export const publishedPackages: readonly PublishedPackage[] = readdirSync(join(root, 'packages'))
  .sort()
  .map((name) => {
    const folder = join(root, 'packages', name);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    return { name: manifest.name, folder, manifest, entries: entriesOf(manifest) };
  })
  .filter(({ manifest }) => manifest.private !== true);
