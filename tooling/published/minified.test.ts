import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('errors keep their names in a minified bundle', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { ConfigError, ExplainedError, FileError, ShapeError } from '../../packages/core-tensor/src/error/index.ts';
        import { NoKernelError } from '../../packages/core-tensor/src/index.ts';
        import { DeviceLostError, PipelineError } from '../../packages/gpu-backend/src/index.ts';
        import { HeapFullError } from '../../packages/wasm-backend/src/index.ts';
        const parts = { caller: 'f', problem: 'a.', expected: 'b', got: 'c', remedy: 'd' };
        export const names = [ExplainedError, ConfigError, ShapeError, FileError, NoKernelError, HeapFullError, DeviceLostError, PipelineError].map((Kind) => [new Kind(parts).name, Kind.name]);
      `,
      loader: 'ts',
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    conditions: ['@longspan/source'],
    platform: 'node', // tfjs-core asks for Node's util where it finds itself in Node
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(import.meta.url)});` },
    minify: true,
    format: 'esm',
    write: false,
  });
  const bundle = `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`;
  const { names } = (await import(/* @vite-ignore */ bundle)) as { readonly names: readonly (readonly [string, string])[] };
  expect(names.map(([name]) => name)).toEqual([
    'ExplainedError',
    'ConfigError',
    'ShapeError',
    'FileError',
    'NoKernelError',
    'HeapFullError',
    'DeviceLostError',
    'PipelineError',
  ]);
  expect(names.every(([name, ofClass]) => name !== ofClass)).toBe(true); // it was minified indeed
});
