import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { publishedPackages, root } from '../published/packages.ts';
import { output } from './program.ts';

const bins = [join(root, 'node_modules/.bin'), join(root, '.tools/node_modules/.bin')];

export interface Packed {
  readonly folder: string;
  /** The packed file of each published package, by its name. */
  readonly tarballs: Readonly<Record<string, string>>;
}

/** Builds every package and packs it into a folder of its own. */
export async function packTarballs(): Promise<Packed> {
  const env = { ...process.env, PATH: [...bins, process.env.PATH].join(delimiter), TURBO_TELEMETRY_DISABLED: '1' };
  await output('turbo', ['run', 'build', '--output-logs=errors-only'], root, env);
  const folder = mkdtempSync(join(tmpdir(), 'longspan packed '));
  const tarballs: Record<string, string> = {};
  for (const { name, folder: source } of publishedPackages) {
    const before = new Set(readdirSync(folder));
    await output('pnpm', ['pack', '--pack-destination', folder], source, env);
    const [file] = readdirSync(folder).filter((entry) => !before.has(entry));
    if (file === undefined) throw new Error(`pnpm pack made no file of ${name}`);
    tarballs[name] = join(folder, file);
  }
  return { folder, tarballs };
}
