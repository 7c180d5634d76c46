import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tfjs from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { withBackend } from '../expect/index.ts';
import { type PublishedPackage, publishedPackages } from '../published/packages.ts';
import { sourceFiles } from '../published/source-files.ts';
import { docComments, tagBodies } from './doc-comment.ts';
import { runExample } from './example.ts';

const load = (path: string): Promise<Readonly<Record<string, unknown>>> => import(/* @vite-ignore */ path);

async function publicNames({ folder, entries, manifest }: PublishedPackage): Promise<Record<string, unknown>> {
  const ours = publishedPackages.filter(({ name }) => name in (manifest.dependencies ?? {}));
  const names = Object.assign({}, ...(await Promise.all(ours.map(publicNames))));
  return Object.assign(names, ...(await Promise.all(Object.values(entries).map((entry) => load(join(folder, entry))))));
}

const examplesOf = (of: PublishedPackage) =>
  sourceFiles(of).flatMap((file) =>
    docComments(readFileSync(join(of.folder, file), 'utf8'), file).flatMap(({ text, line }) =>
      tagBodies(text, 'example').map((code) => ({ at: `${file}:${line}`, file, code })),
    ),
  );

// In scope, the first wins: the example's own file, the public entries of its package and of ours that it depends on, tfjs-core.
describe.each(publishedPackages)('the examples of $name', (of) => {
  let names: Record<string, unknown>;
  beforeAll(async () => {
    await withBackend('cpu');
    names = { ...tfjs, ...(await publicNames(of)) };
  });

  const examples = examplesOf(of);

  it('are there', () => {
    expect(examples.length).toBeGreaterThan(0);
  });

  it.each(examples)('$at', async ({ file, code }) => {
    await runExample(code, { ...names, ...(await load(join(of.folder, file))) });
  });
});
