import { join } from 'node:path';
import { publishedPackages } from '../../published/packages.ts';
import { shortName } from '../alone-projects.ts';
import { type InstalledSize, installedSize } from './installed-size.ts';

const [begin, end] = ['<!-- installed: begin -->', '<!-- installed: end -->'];

/** Megabytes of each package and, in the last row, of tfjs, which training imports. */
export type InstalledRows = Readonly<Record<string, InstalledSize>>;

/** @param folder that of `aloneProjects` */
export function installedRows(folder: string): InstalledRows {
  const modules = (project: string): string => join(folder, project, 'node_modules');
  const tfjs = '@tensorflow/tfjs';
  return {
    ...Object.fromEntries(publishedPackages.map(({ name }) => [name, installedSize(modules(shortName(name)), name)])),
    [tfjs]: installedSize(modules('training'), tfjs),
  };
}

const megabytes = (bytes: number, digits: number): string => (bytes / 1e6).toFixed(digits);

/** The README with these figures. */
export function withInstalled(readme: string, rows: InstalledRows): string {
  const lines = Object.entries(rows).map(([name, { own, all }]) => `| \`${name}\` | ${megabytes(own, 1)} | ${megabytes(all, 0)} |`);
  const table = ['', '| installed, in MB | its own files | with all that it needs |', '| --- | --- | --- |', ...lines, ''].join('\n');
  const [before, , after] = partsOf(readme);
  return `${before}${begin}\n${table}\n${end}${after}`;
}

/** The figures that stand in it, in MB. */
export function statedRows(readme: string): InstalledRows {
  const rows = partsOf(readme)[1].matchAll(/^\| `(.+)` \| ([\d.]+) \| ([\d.]+) \|$/gm);
  return Object.fromEntries(Array.from(rows, ([, name, own, all]) => [name, { own: Number(own), all: Number(all) }]));
}

function partsOf(readme: string): readonly [before: string, table: string, after: string] {
  const [before, rest] = readme.split(begin);
  const [table, after] = rest?.split(end) ?? [];
  if (before === undefined || table === undefined || after === undefined) throw new Error(`README.md must hold ${begin} and ${end}`);
  return [before, table, after];
}
