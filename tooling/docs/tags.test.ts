import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedPackages } from '../published/packages.ts';
import { sourceFiles } from '../published/source-files.ts';
import { docComments, tagBodies } from './doc-comment.ts';

const load = (path: string): Promise<Readonly<Record<string, unknown>>> => import(/* @vite-ignore */ path);

const takesTensor = (parameters: readonly string[]): boolean => parameters.some((text) => /\bTensor(\dD|Like\w*)?\b/.test(text));

// What is seen is the text of a function's own parameters: a tensor that comes inside an interface is not.
describe.each(publishedPackages)('the public functions of $name that take a tensor', (of) => {
  it('say their shapes and their cost', async () => {
    const entries = await Promise.all(Object.values(of.entries).map((entry) => load(join(of.folder, entry))));
    const isPublic = new Set(entries.flatMap((entry) => Object.values(entry)));
    const silent: string[] = [];
    for (const file of sourceFiles(of)) {
      const exports = await load(join(of.folder, file));
      for (const { text, exported } of docComments(readFileSync(join(of.folder, file), 'utf8'), file)) {
        if (exported === undefined || !isPublic.has(exports[exported.name]) || !takesTensor(exported.parameters)) continue;
        const absent = ['shape', 'cost'].filter((tag) => tagBodies(text, tag).length === 0);
        silent.push(...absent.map((tag) => `${file}: ${exported.name} has no @${tag}`));
      }
    }
    expect(silent).toEqual([]);
  });
});
