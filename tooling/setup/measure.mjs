// `npm run measure [-- file and options]`: installs what is missing, then the measuring job of the bench.
import { requireNode } from './node-version.mjs';

requireNode('20.19.0');
const { main, prepare } = await import('./prepare.mjs');
const { app } = await import('./app.mjs');

await main(async () => {
  await prepare();
  return app('apps/bench/src/cli.ts', ['measure', ...process.argv.slice(2)]);
});
