// `npm run pack:all`: installs what is missing, builds every published package and packs it into `packed`, from where
// `npm install path/to/packed/*.tgz` puts it into another project.
import { requireNode } from './node-version.mjs';

requireNode('20.19.0');
const { mkdirSync, rmSync } = await import('node:fs');
const { join } = await import('node:path');
const { main, prepare } = await import('./prepare.mjs');
const { command, stopped } = await import('./command.mjs');
const { explain, Interrupted } = await import('./setup-error.mjs');
const { withProgress } = await import('./progress.mjs');
const { environment, pnpmScript, root, workspaceFolders } = await import('./workspace.mjs');

/** Runs a program that must succeed; shows what it printed only where it failed. */
async function quietly(what, program, args, cwd) {
  let output = '';
  const code = await command(program, args, { cwd, env: environment, onText: (text) => (output += text) });
  if (stopped()) throw new Interrupted();
  if (code !== 0) throw explain(what, output);
  return 'done';
}

await main(async () => {
  await prepare();
  await withProgress('building', () => quietly('building', 'turbo', ['run', 'build', '--output-logs=errors-only'], root));
  const packed = join(root, 'packed');
  rmSync(packed, { recursive: true, force: true }); // no file of an earlier version stays beside the new ones
  mkdirSync(packed);
  for (const folder of workspaceFolders().filter((each) => each.startsWith('packages/'))) {
    const pack = [pnpmScript, 'pack', '--pack-destination', packed];
    await withProgress(`packing ${folder}`, () => quietly(`packing ${folder}`, process.execPath, pack, join(root, folder)));
  }
  process.stdout.write(`\nIn another project: npm install ${join(packed, '*.tgz')} @tensorflow/tfjs @tensorflow/tfjs-backend-wasm\n`);
  return 0;
});
