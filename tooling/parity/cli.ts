import { main } from './main.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error; // `pnpm parity | head`
});
// INIT_CWD is where the user typed the command; pnpm runs scripts in the root of the workspace.
process.exitCode = await main(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd(), {
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
});
