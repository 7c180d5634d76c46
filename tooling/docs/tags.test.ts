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
    const isPublic = new Set(entries.flatMap((entry) => Object.keys(entry)));
    const silent = sourceFiles(of).flatMap((file) =>
      docComments(readFileSync(join(of.folder, file), 'utf8'), file).flatMap(({ text, exported }) => {
        if (exported === undefined || !isPublic.has(exported.name) || !takesTensor(exported.parameters)) return [];
        return ['shape', 'cost']
          .filter((tag) => tagBodies(text, tag).length === 0)
          .map((tag) => `${file}: ${exported.name} has no @${tag}`);
      }),
    );
    expect(silent).toEqual([]);
  });
});
