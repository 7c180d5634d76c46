import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { publishedPackages, root } from '../published/packages.ts';
import { adapterEnvironment } from '../webgpu/index.ts';
import { type AloneProjects, aloneProjects, shortName } from './alone-projects.ts';
import { bare } from './empty-project.ts';
import { installedRows, statedRows } from './installed/table.ts';
import { output } from './program.ts';

let projects: AloneProjects;
beforeAll(async () => {
  projects = await aloneProjects(inject('tarballs'));
});
afterAll(() => projects?.remove());

/** What a program of a project printed: plain Node, with the software adapter for the one that takes a graphics card. */
const printed = async (name: string, file: string): Promise<Record<string, unknown>> => {
  const env = { ...bare, ...adapterEnvironment(bare) };
  return JSON.parse(await output(process.execPath, [file], join(projects.folder, shortName(name)), env)) as Record<string, unknown>;
};

interface Losses {
  readonly before: number;
  readonly after: number;
}

/** A step down the gradient of so small a rate. */
function expectStep({ before, after }: Losses): void {
  expect(after).toBeLessThan(before);
  expect(after).toBeGreaterThan(0);
}

const backends: Readonly<Record<string, string>> = { '@longspan/wasm-backend': 'wasm', '@longspan/gpu-backend': 'webgpu' };

describe.concurrent('each package, installed with core-tensor and tfjs and nothing else of ours', () => {
  it.each(publishedPackages)('$name takes a step of training in plain Node', async ({ name }) => {
    const found = await printed(name, '../printed.js');
    expectStep(found as never);
    expect(found['backend']).toBe(backends[name]);
  });

  it('@longspan/models takes a step of every family', async () => {
    const losses = (await printed('@longspan/models', 'families.js')) as Record<string, Losses>;
    const models = publishedPackages.find(({ name }) => name === '@longspan/models');
    const others = ['.', './documents', './generation', './pooling', './sparsify', './text', './worker']; // nothing there is trained
    const entries = Object.keys(models?.entries ?? {}).filter((entry) => !others.includes(entry));
    expect(Object.keys(losses).sort()).toEqual(entries.map((entry) => entry.slice(2)).sort());
    for (const each of Object.values(losses)) expectStep(each);
  });

  it('takes the megabytes that the README states', () => {
    const stated = statedRows(readFileSync(join(root, 'README.md'), 'utf8'));
    const found = installedRows(projects.folder);
    expect(Object.keys(stated)).toEqual(Object.keys(found));
    for (const [name, { own, all }] of Object.entries(found)) {
      // As they are rounded there, or one more or less in the last digit: `npm run installed` writes them anew.
      expect(Math.abs((stated[name]?.own ?? 0) - own / 1e6), `${name} itself`).toBeLessThan(0.15);
      expect(Math.abs((stated[name]?.all ?? 0) - all / 1e6), `${name} with all that it needs`).toBeLessThan(1.5);
    }
  });
});
