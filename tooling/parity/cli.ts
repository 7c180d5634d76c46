import { adapterEnvironment, startAgain } from '../webgpu/index.ts';
import { main } from './main.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error; // `pnpm parity | head`
});

const args = process.argv.slice(2);
const needed = args.some((arg) => arg === 'webgpu' || arg === '--backend=webgpu') ? adapterEnvironment(process.env) : {};

// INIT_CWD is where the user typed the command; pnpm runs scripts in the root of the workspace.
process.exitCode =
  Object.keys(needed).length > 0
    ? startAgain(needed)
    : await main(args, process.env['INIT_CWD'] ?? process.cwd(), {
        print: (line) => process.stdout.write(`${line}\n`),
        complain: (line) => process.stderr.write(`${line}\n`),
      });
