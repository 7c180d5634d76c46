// One program in a process of its own, which it may change, hang or end: name, seed, minutes, folder.
import { isProgram, programs } from './programs.ts';
import { runResumable } from './resumable.ts';

const [name = '', seed = '', minutes, folder = ''] = process.argv.slice(2);
if (!isProgram(name)) throw new Error(`a program must have the name ${name}`);
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopped = true;
  });
}
await runResumable(await programs[name](), { seed, minutes: Number(minutes), folder, isStopped: () => stopped });
process.exit(0); // threads of kernels are still there
