// `npm run playground [-- options of vite]`: installs what is missing, then serves the playground and opens it in the browser.
import { requireNode } from './node-version.mjs';

requireNode('20.19.0');
const { main, prepare } = await import('./prepare.mjs');
const { command } = await import('./command.mjs');
const { environment, root } = await import('./workspace.mjs');

await main(async () => {
  await prepare();
  const given = process.argv.slice(2);
  const options = process.stdout.isTTY && !given.includes('--no-open') ? ['--open'] : [];
  return command(process.execPath, ['node_modules/vite/bin/vite.js', ...options, ...given.filter((each) => each !== '--no-open')], {
    cwd: `${root}/apps/playground`,
    env: environment,
  });
});
