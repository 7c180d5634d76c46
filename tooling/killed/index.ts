export { type Killed, killed, places, sentence } from './killed.ts';
export { type Program, programOf } from './program.ts';
