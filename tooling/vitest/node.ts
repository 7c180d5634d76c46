import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const conditions = ['@longspan/source', 'module', 'node', 'import', 'default'];

export interface NodeProject {
  /** That of the package by default. */
  readonly name?: string;
  /** Those of the package by default. */
  readonly include?: readonly string[];
  /** Whether each file has a process of its own, as those need that fill its memory or change what it is; others share one. */
  readonly isolate?: boolean;
}

/** A test project, of one package where nothing else is said: it runs on the sources of all packages, in Node. */
export const nodeProject = (
  configUrl: string,
  { name, include = ['src/**/*.test.ts', 'test/**/*.test.ts'], isolate = false }: NodeProject = {},
): ViteUserConfig =>
  defineConfig({
    root: fileURLToPath(new URL('.', configUrl)),
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: ['node', 'import', 'default'] } },
    test: {
      environment: 'node',
      isolate,
      ...(name === undefined ? {} : { name }),
      include: [...include],
      setupFiles: [fileURLToPath(new URL('./setup.ts', import.meta.url))],
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  });
