import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('errors keep their names in a minified bundle', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { ConfigError, ExplainedError, FileError, ShapeError } from '../../packages/core-tensor/src/error/index.ts';
        const parts = { caller: 'f', problem: 'a.', expected: 'b', got: 'c', remedy: 'd' };
        export const names = [ExplainedError, ConfigError, ShapeError, FileError].map((Kind) => [new Kind(parts).name, Kind.name]);
      `,
      loader: 'ts',
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  const bundle = `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`;
  const { names } = (await import(/* @vite-ignore */ bundle)) as { readonly names: readonly (readonly [string, string])[] };
  expect(names.map(([name]) => name)).toEqual(['ExplainedError', 'ConfigError', 'ShapeError', 'FileError']);
  expect(names.every(([name, ofClass]) => name !== ofClass)).toBe(true); // it was minified indeed
});
