import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const conditions = ['@longspan/source', 'module', 'node', 'import', 'default'];

/**
 * The test project of one package: runs on the sources of all packages, in Node. `isolate`: whether each file has a process of its own, as those
 * need that fill its memory or change what it is; others share one, and load tfjs and our sources once.
 */
export const nodeProject = (configUrl: string, { isolate = false }: { readonly isolate?: boolean } = {}): ViteUserConfig =>
  defineConfig({
    root: fileURLToPath(new URL('.', configUrl)),
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: ['node', 'import', 'default'] } },
    test: {
      environment: 'node',
      isolate,
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      setupFiles: [fileURLToPath(new URL('./setup.ts', import.meta.url))],
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  });
