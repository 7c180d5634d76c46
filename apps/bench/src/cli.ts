#!/usr/bin/env node
import { exitCodes, runCommand } from '@longspan/tooling/command-line';
import { Command } from 'commander';
import { addExperiment } from './run/command.ts';
import { experiments } from './run/registry.ts';

await runCommand(
  async ({ given, userFolder, signal }) => {
    const program = new Command('bench')
      .description('Measures Longspan: each command answers a question and writes a report.')
      .showSuggestionAfterError()
      .showHelpAfterError('bench --help lists commands, bench <command> --help its options.')
      .exitOverride();
    for (const experiment of experiments) {
      addExperiment(program, experiment, userFolder, signal, (ending) => {
        if (ending === 'failed') process.exitCode = exitCodes.failed;
      });
    }
    if (given.length === 0) program.outputHelp();
    else await program.parseAsync(given, { from: 'user' });
  },
  { ownWords: 1 },
);
