import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const conditions = ['@longspan/source', 'module', 'node', 'import', 'default'];

/** The test project of one package: runs on the sources of all packages, in Node. */
export const nodeProject = (configUrl: string): ViteUserConfig =>
  defineConfig({
    root: fileURLToPath(new URL('.', configUrl)),
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: ['node', 'import', 'default'] } },
    test: {
      environment: 'node',
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      setupFiles: [fileURLToPath(new URL('./setup.ts', import.meta.url))],
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  });
