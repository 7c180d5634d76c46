export { named } from './named.ts';
export { type CommandWorld, exitCodes, runCommand } from './run-command.ts';
