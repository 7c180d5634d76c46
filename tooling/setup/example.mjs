// `npm run example -- NAME [what the example takes]`: installs what is missing, then runs examples/NAME.js on the sources.
import { requireNode } from './node-version.mjs';

requireNode('20.19.0');
const { main, prepare } = await import('./prepare.mjs');
const { command } = await import('./command.mjs');
const { environment } = await import('./workspace.mjs');
const { exampleArguments } = await import('./example-arguments.mjs');

await main(async () => {
  const [name, ...given] = process.argv.slice(2);
  const args = exampleArguments(name); // a misspelt name is said before anything is installed
  await prepare();
  // npm runs scripts in the root of the workspace: INIT_CWD is where the user typed the command, and where paths lead from.
  return command(process.execPath, [...args(), ...given], { cwd: environment.INIT_CWD, env: environment });
});
