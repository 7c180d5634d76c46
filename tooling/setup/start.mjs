// `npm start [-- file and options]`: installs what is missing, then the measuring job of the bench.
import { requireNode } from './node-version.mjs';

requireNode('20.19.0');
const { main, prepare } = await import('./prepare.mjs');
const { measure } = await import('./measure.mjs');

await main(async () => {
  await prepare();
  return measure(process.argv.slice(2));
});
