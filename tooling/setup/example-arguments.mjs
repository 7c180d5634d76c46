import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromSource } from './from-source.mjs';
import { SetupError } from './setup-error.mjs';
import { root } from './workspace.mjs';

const names = () =>
  readdirSync(join(root, 'examples'))
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -'.js'.length))
    .sort();

/**
 * A function that gives the arguments by which Node runs an example on the sources of all packages: it needs the packages installed, the
 * check of the name does not.
 */
export function exampleArguments(name) {
  const known = names();
  if (!known.includes(name)) {
    throw new SetupError({
      problem: 'an example must be named by its file in `examples`, without `.js`.',
      expected: known.join(', '),
      got: name ?? 'no name',
      remedy: `npm run example -- ${known.at(-1)}. The page in examples/page is served by Vite, in a project with the packages.`,
    });
  }
  return () => ['--import', new URL('./resolve-example.mjs', import.meta.url).href, ...fromSource(`examples/${name}.js`, [])];
}
