import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformWithOxc } from 'vite';
import { describe, expect, it } from 'vitest';
import { publishedPackages, root } from '../published/packages.ts';
import { printsAsShown, type ReadmeBlock, readmeBlocks } from './readme-block.ts';

/** Runs the code in a process of its own, on the sources, as a file of this folder would be; gives what it printed. */
async function printed({ code }: ReadmeBlock): Promise<string> {
  const script = (await transformWithOxc(code, 'readme.ts', { target: 'es2022' })).code;
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', '--conditions=@longspan/source', '--input-type=module', '-'],
      { cwd: fileURLToPath(new URL('.', import.meta.url)) },
      (error, stdout, stderr) => (error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout)),
    );
    child.stdin?.end(script);
  });
}

const readmes = [root, ...publishedPackages.map(({ folder }) => folder)].map((folder) => join(folder, 'README.md'));
const guides = ['calibrating', 'decoding', 'threads', 'training', 'writing-a-layer', 'writing-a-mask'].map((name) =>
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
