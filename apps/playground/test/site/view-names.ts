import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The names of all views, as the page lists them. */
export const views: readonly string[] = [
  ...readFileSync(fileURLToPath(new URL('../../src/app/views.ts', import.meta.url)), 'utf8').matchAll(/id: '(\w+)'/g),
].map(([, name]) => name as string);
