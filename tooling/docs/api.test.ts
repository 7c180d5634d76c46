import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedPackages } from '../published/packages.ts';
import { apiPage } from './api.ts';
import { apiFile } from './api-file.ts';

describe.each(publishedPackages)('the reference page of $name', (of) => {
  it('is what pnpm docs:api writes', () => {
    const page = existsSync(apiFile(of)) ? readFileSync(apiFile(of), 'utf8') : '';
    expect(page === apiPage(of), 'run pnpm docs:api').toBe(true);
  });

  it('names every value that an entry exports', async () => {
    const page = apiPage(of);
    for (const file of Object.values(of.entries)) {
      const exported = Object.keys((await import(/* @vite-ignore */ join(of.folder, file))) as object);
      expect(exported.filter((name) => !page.includes(`### \`${name}\`\n`))).toEqual([]);
    }
  });
});
