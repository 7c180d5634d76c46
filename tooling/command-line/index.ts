export { type CommandWorld, exitCodes, runCommand } from './run-command.ts';
