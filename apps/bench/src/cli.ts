#!/usr/bin/env node
import { exitCodes, runCommand } from '@longspan/tooling/command-line';
import { benchProgram } from './run/program.ts';

await runCommand(
  async ({ given, userFolder, signal }) => {
    const program = benchProgram(userFolder, signal, (ending) => {
      if (ending === 'failed') process.exitCode = exitCodes.failed;
    });
    if (given.length === 0) program.outputHelp();
    else await program.parseAsync(given, { from: 'user' });
  },
  { ownWords: 1 },
);
