import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';
import type { Browser } from 'playwright-core';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { isolating, openChromium, type Served, serve } from '../chromium/index.ts';
import { root } from '../published/packages.ts';
import { type EmptyProject, emptyProject } from '../release/empty-project.ts';
import { addTfjsBinaries, type Bundler, bundlers, distOf, serveSources } from './bundlers.ts';
import { type Results, type Visit, visit } from './visit.ts';

const program = fileURLToPath(new URL('./program', import.meta.url));
const ours = ['wasm-backend', 'attention-sparse', 'core-tensor'].map((name) => inject('tarballs')[`@longspan/${name}`] as string);

let project: EmptyProject;
let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
  project = await emptyProject([...ours, '@tensorflow/tfjs@4.22.0', '@tensorflow/tfjs-backend-wasm@4.22.0'], [], program);
  addTfjsBinaries(project.folder);
});
afterAll(async () => {
  await browser?.close();
  project?.remove();
});

const withoutIsolation =
  'the page is not cross-origin isolated: its server has to send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';

/** Each way to serve a page, and what it has to say of its threads. */
const servers = [
  {
    served: 'cross-origin isolated',
    headers: isolating,
    threads: 2,
    threadsReason: null,
    reason: 'wasm-simd; on 2 threads, in place',
    said: [],
  },
  {
    served: 'not cross-origin isolated',
    headers: {},
    threads: 1,
    threadsReason: withoutIsolation,
    reason: `wasm-simd; on 1 thread, in place: ${withoutIsolation}`,
    said: [`warning: wasm-backend uses 1 of 2 threads: ${withoutIsolation}.`],
  },
];

function expectRight({ means, errors, sizes }: Results): void {
  expect(means).toEqual([1, 1.5, 2, 2.5]);
  expect(errors).toHaveLength(4);
  for (const error of errors) expect(error).toBeLessThan(2e-5);
  for (const size of sizes) expect(size).toBeGreaterThan(0.5);
}

describe.each(bundlers)('a page bundled by $name', (bundler) => {
  beforeAll(() => bundler.bundle(project.folder));

  /** The bundle's scripts that hold a WebAssembly binary in base64. */
  const withBinary = (): readonly string[] => {
    const dist = distOf(project.folder, bundler);
    const scripts = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    return scripts.filter((file) => readFileSync(join(dist, file), 'utf8').includes('AGFzbQEAAAA')).map((file) => `/${file}`);
  };

  describe.each(servers)('and $served', ({ headers, threads, threadsReason, reason, said }) => {
    let server: Served;
    let visited: Visit;
    beforeAll(async () => {
      server = await serve(distOf(project.folder, bundler), headers);
      visited = await visit(browser, server.url);
    });
    afterAll(() => server?.close());

    it('gives the numbers of the dense definition, forward and backward', () => expectRight(visited.results));

    it(`uses ${threads} of the 2 threads that it asks for, and says so`, () => {
      expect(visited.results).toMatchObject({ isolated: threads === 2, threads, threadsReason, reason });
    });

    it('loads one build of the kernels when it registers, and none before', () => {
      const { loaded } = visited.results;
      expect(withBinary()).toHaveLength(2);
      expect(withBinary().filter((file) => loaded.includes(file))).toHaveLength(1);
    });

    it('writes nothing else to its console', () => {
      expect(visited.said).toEqual(said);
    });

    it('takes no processor time once it is done', () => {
      expect(visited.idleSeconds).toBeLessThan(0.1);
    });
  });
});

describe('a page bundled by esbuild', () => {
  const visitWith = async (headers: OutgoingHttpHeaders, options: Parameters<typeof visit>[2] = {}): Promise<Visit> => {
    const server = await serve(distOf(project.folder, bundlers.find(({ name }) => name === 'esbuild') as Bundler), headers);
    try {
      return await visit(browser, server.url, options);
    } finally {
      await server.close();
    }
  };

  it('gives the same numbers in a browser without the methods that came after Chrome 93', async () => {
    const { results, said } = await visitWith(isolating, { isOld: true });
    expectRight(results);
    expect([results.threads, said]).toEqual([2, []]);
  });

  it('whose policy forbids WebAssembly is told so', async () => {
    await expect(visitWith({ 'Content-Security-Policy': "default-src 'self'" })).rejects.toThrow(
      "ConfigError: register: the page's Content-Security-Policy must allow WebAssembly.\n  expected  'wasm-unsafe-eval' in script-src\n",
    );
  });

  it('gives the same numbers under the strictest policy that allows WebAssembly, on one thread, and says why', async () => {
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
    const { results, said } = await visitWith({ ...isolating, 'Content-Security-Policy': policy });
    expectRight(results);
    expect(results.threads).toBe(1);
    expect(results.threadsReason).toContain('workers could not start');
    expect(said.filter((line) => line.startsWith('warning: wasm-backend uses 1 of 2 threads'))).toHaveLength(1);
  });
});

it('a service worker, which may not import(): the entry with the binaries inside gives the numbers, on one thread, and says why', async () => {
  const program = fileURLToPath(new URL('./service-worker', import.meta.url));
  const page = await emptyProject([...ours, '@tensorflow/tfjs-core@4.22.0', '@tensorflow/tfjs-backend-wasm@4.22.0'], [], program);
  addTfjsBinaries(page.folder);
  const dist = join(page.folder, 'dist');
  await esbuild({
    absWorkingDir: page.folder,
    entryPoints: ['worker.js', 'main.js'],
    bundle: true,
    minify: true,
    outdir: 'dist',
    logLevel: 'silent',
  });
  cpSync(join(page.folder, 'index.html'), join(dist, 'index.html'));
  cpSync(join(page.folder, 'public'), dist, { recursive: true });
  const server = await serve(dist, {});
  try {
    const { results } = await visit(browser, server.url);
    expect(results).toMatchObject({ means: [1, 1.5, 2, 2.5], threads: 1 });
    expect(results.threadsReason).not.toBe('');
  } finally {
    await server.close();
    page.remove();
  }
});

it("a page of Vite's development server, on tfjs's own threads: gives the same numbers, on 2 threads in tfjs's shared memory", async () => {
  const server = await serveSources(project.folder, isolating);
  try {
    const { results, said, idleSeconds } = await visit(browser, `${server.url}?tfjs-threads`);
    expectRight(results);
    expect(results).toMatchObject({ threads: 2, threadsReason: null, reason: 'wasm-simd; on 2 threads, in place' });
    expect(said).toEqual([]);
    expect(idleSeconds).toBeLessThan(0.1);
  } finally {
    await server.close();
  }
});

describe("a page of Vite's development server", () => {
  /** The sources of a page that needs no kernels, in a project of its own. */
  const projectOf = async (folder: string): Promise<EmptyProject> => {
    const made = await emptyProject(
      [...ours.slice(1), '@tensorflow/tfjs-core@4.22.0', '@tensorflow/tfjs-backend-cpu@4.22.0'],
      [],
      fileURLToPath(new URL(`./${folder}`, import.meta.url)),
    );
    cpSync(join(program, 'index.html'), join(made.folder, 'index.html')); // all pages are one script and what it writes
    return made;
  };

  it('whose op is edited runs the new definition, without being loaded anew', async () => {
    const edited = await projectOf('reloaded');
    const server = await serveSources(edited.folder, {});
    const page = await browser.newPage();
    try {
      await page.goto(server.url);
      const shown = async (first: number) => {
        await page.locator(`#results:has-text('"values":[${first},')`).waitFor({ timeout: 30_000 });
        return JSON.parse((await page.locator('#results').textContent()) ?? '') as { values: number[]; loadedAt: number };
      };
      const before = await shown(2);
      expect(before.values).toEqual([2, 20, 2, 2]);
      const file = join(edited.folder, 'op.js');
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(', 2)', ', 3)'));
      expect(await shown(3)).toEqual({ values: [3, 30, 3, 3], loadedAt: before.loadedAt });
    } finally {
      await page.close();
      await server.close();
      edited.remove();
    }
  });

  it('takes files, lists and masks out of another frame, whose classes are not its own', async () => {
    const framed = await projectOf('framed');
    const server = await serveSources(framed.folder, {});
    try {
      const { results, said } = await visit(browser, server.url);
      expect({ results, said }).toEqual({
        results: {
          isForeign: true,
          read: [
            [1.5, -2],
            [1.5, -2],
          ],
          sines: [
            [0, 0],
            [Math.fround(Math.sin(1)), Math.fround(Math.sin(1))],
          ],
          allowed: [
            [false, true],
            [true, true],
            [false, false],
          ],
          lengths: [2],
        },
        said: [],
      });
    } finally {
      await server.close();
      framed.remove();
    }
  });
});

it('the example of a page bundled by Vite: its Web Worker uses threads in shared memory, and is right', async () => {
  const page = await emptyProject(
    [...ours, '@tensorflow/tfjs@4.22.0', '@tensorflow/tfjs-backend-wasm@4.22.0'],
    [],
    join(root, 'examples/page'),
  );
  addTfjsBinaries(page.folder);
  await vite({ root: page.folder, logLevel: 'error' }); // with its own vite.config.js
  const server = await serve(join(page.folder, 'dist'), isolating);
  try {
    const { results, said } = await visit(browser, server.url);
    expect(results).toEqual({ threads: Math.min(8, availableParallelism()), memory: 'in place', right: true });
    expect(said).toEqual([]);
  } finally {
    await server.close();
    page.remove();
  }
});
