// `npm start [-- file and options]`: installs what is missing, then the measuring job of the bench.
import { requireNode } from './node-version.mjs';

requireNode('20.19.0');
const { main, prepare } = await import('./prepare.mjs');
const { command } = await import('./command.mjs');
const { environment, root } = await import('./workspace.mjs');
const { fromSource } = await import('./from-source.mjs');

await main(async () => {
  await prepare();
  return command(process.execPath, fromSource('apps/bench/src/cli.ts', ['measure', ...process.argv.slice(2)]), {
    cwd: root,
    env: environment,
  });
});
