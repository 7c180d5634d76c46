import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openChromium, type Served, serve } from '../chromium/index.ts';
import { isWhole } from '../expect/effort.ts';
import { type EmptyProject, emptyProject } from '../release/empty-project.ts';
import { bundlers, distOf } from './bundlers.ts';
import { visit } from './visit.ts';

const folder = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));
const ours = ['gpu-backend', 'attention-sparse', 'core-tensor'].map((name) => inject('tarballs')[`@longspan/${name}`] as string);

let project: EmptyProject;
let withGpu: Browser;
let withoutGpu: Browser;
beforeAll(async () => {
  withGpu = await openChromium(['--enable-unsafe-webgpu']); // the software adapter, which Chromium gives to tests alone
  withoutGpu = await openChromium();
  project = await emptyProject([...ours, '@tensorflow/tfjs@4.22.0', '@tensorflow/tfjs-backend-webgpu@4.22.0'], [], folder('graphics'));
  cpSync(join(folder('program'), 'index.html'), join(project.folder, 'index.html'));
});
afterAll(async () => {
  await withGpu?.close();
  await withoutGpu?.close();
  project?.remove();
});

describe.each(bundlers.filter(({ name }) => isWhole || name === 'vite'))('a page with WebGPU, bundled by $name', (bundler) => {
  let server: Served;
  beforeAll(async () => {
    await bundler.bundle(project.folder);
    server = await serve(distOf(project.folder, bundler), {});
  });
  afterAll(() => server?.close());

  it('gives the numbers of the dense definition, forward and backward, on a device of its own', async () => {
    const { results } = await visit(withGpu, server.url, { patience: 110_000 });
    const { errors, sizes, ...rest } = results;
    expect(rest).toEqual({ registered: true, kernel: 'webgpu-tiles', device: 'own' });
    expect(errors).toHaveLength(5);
    for (const error of errors) expect(error).toBeLessThan(5e-5);
    for (const size of sizes) expect(size).toBeGreaterThan(0.5);
  });

  it('is told why there is none where the browser has no adapter, and goes on without', async () => {
    const { results, said } = await visit(withoutGpu, server.url);
    expect(results).toEqual({
      registered: false,
      reason: 'navigator.gpu has no adapter: no graphics card or driver that WebGPU accepts',
      backend: 'cpu',
    });
    expect(said.filter((line) => line.startsWith('error'))).toEqual([]);
  });
});
