// `npm run installed`: packs every package, installs each alone, and writes what that takes into the README.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../published/packages.ts';
import { aloneProjects } from '../alone-projects.ts';
import { packTarballs } from '../pack-tarballs.ts';
import { installedRows, withInstalled } from './table.ts';

const readme = join(root, 'README.md');
const packed = await packTarballs();
try {
  const { folder, remove } = await aloneProjects(packed.tarballs);
  try {
    writeFileSync(readme, withInstalled(readFileSync(readme, 'utf8'), installedRows(folder)));
  } finally {
    remove();
  }
} finally {
  rmSync(packed.folder, { recursive: true });
}
