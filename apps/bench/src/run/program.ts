import { Command } from 'commander';
import { addExperiment } from './command.ts';
import { experiments } from './registry.ts';
import type { RunEnding } from './run-experiment.ts';

/**
 * The command line: a command for each experiment. Throws commander's errors instead of ending the process.
 * @param userFolder what relative paths start from
 */
export function benchProgram(userFolder: string, signal: AbortSignal, onEnd: (ending: RunEnding) => void): Command {
  const program = new Command('bench')
    .description('Measures Longspan: each command answers a question and writes a report.')
    .showSuggestionAfterError()
    .showHelpAfterError('bench --help lists commands, bench <command> --help its options.')
    .exitOverride();
  for (const experiment of experiments) addExperiment(program, experiment, userFolder, signal, onEnd);
  return program;
}
