import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { publishedPackages } from '../published/packages.ts';
import { apiPage } from './api.ts';
import { apiFile } from './api-file.ts';

for (const of of publishedPackages) {
  mkdirSync(dirname(apiFile(of)), { recursive: true });
  writeFileSync(apiFile(of), apiPage(of));
}
