// `npm start [-- file, questions and options]`: installs what is missing, then reads the book, or the file, and shows passages of it.
import { requireNode } from './node-version.mjs';

requireNode('20.19.0');
const { main, prepare } = await import('./prepare.mjs');
const { app } = await import('./app.mjs');

await main(async () => {
  await prepare();
  return app('apps/ask/src/cli.ts', process.argv.slice(2));
});
