import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PublishedPackage } from './packages.ts';

/** The TypeScript files of a package's `src`, without its tests, relative to the package. */
export const sourceFiles = ({ folder }: PublishedPackage): readonly string[] =>
  readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort();
