// `node tooling/setup/install.mjs`: only brings the workspace to where its commands run.
import { requireNode } from './node-version.mjs';

requireNode('20.19.0');
const { main, prepare } = await import('./prepare.mjs');

await main(async () => {
  await prepare();
  return 0;
});
