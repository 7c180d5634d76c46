import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { publishedPackages, root } from '../published/packages.ts';
import { printsAsShown, type ReadmeBlock, readmeBlocks } from './readme-block.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** tfjs stays outside the bundle: the one that the importing package depends on. */
const tfjsOfImporter: Plugin = {
  name: 'tfjs of the importer',
  setup({ onResolve }) {
    onResolve({ filter: /^@tensorflow\// }, ({ path, resolveDir }) => ({
      path: pathToFileURL(createRequire(join(resolveDir, 'importer.js')).resolve(path)).href,
      external: true,
    }));
  },
};

/**
 * Runs the code in a process of its own, on the sources, as a file of this folder would be; gives what it printed. The sources are bundled
 * first, which takes a fraction of what compiling each of them as it is imported does.
 */
async function printed({ code }: ReadmeBlock): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder, sourcefile: 'readme.ts', loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    conditions: ['@longspan/source'],
    plugins: [tfjsOfImporter],
    write: false,
    logLevel: 'silent',
  });
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, ['--input-type=module', '-'], { cwd: folder }, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout),
    );
    child.stdin?.end(outputFiles[0]?.text);
  });
}

const readmes = [root, ...publishedPackages.map(({ folder }) => folder)].map((folder) => join(folder, 'README.md'));
const guides = ['calibrating', 'decoding', 'threads', 'training', 'training-elsewhere', 'writing-a-layer', 'writing-a-mask'].map((name) =>
  join(root, `docs/${name}.md`),
);

describe.each([...readmes, ...guides].map((file) => ({ file, name: relative(root, file) })))('$name', ({ file }) => {
  const blocks = readmeBlocks(existsSync(file) ? readFileSync(file, 'utf8') : '');

  it('has an example with its output', () => {
    expect(blocks.length).toBeGreaterThan(0);
  });

  it.each(blocks)('the example of line $line prints what is shown', async (block) => {
    const text = await printed(block);
    if (!printsAsShown(block, text)) expect(text.trim()).toBe(block.output.trim());
  });
});
