import { readFileSync } from 'node:fs';

/** Ticks of the processor in a second, as Linux shows them to programs. */
const ticks = 100;

/**
 * The processor time of this process and of its children that have ended, in seconds. A machine that others use as well gives a process now more,
 * now less of each minute: budgets and limits count this time.
 */
export function cpuSeconds(): number {
  if (process.platform !== 'linux') {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
  // The name of the program, in brackets, may hold spaces: what follows it does not. Fields 14 to 17 of proc(5).
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / ticks;
}
