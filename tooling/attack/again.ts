// One case alone, its findings on standard output: name, seed, number.
import { isProgram, programs } from './programs.ts';
import { runCases } from './run-cases.ts';

const [name = '', seed = '', number] = process.argv.slice(2);
if (!isProgram(name)) throw new Error(`a program must have the name ${name}`);
const at = Number(number);
let found = 0;
await runCases(await programs[name](), {
  seed,
  from: at,
  isGoingOn: (next) => next === at,
  onFound: (finding) => {
    found++;
    console.log(JSON.stringify(finding, null, 2));
  },
  onNote: (what) => console.log(`note: ${what}`),
});
console.log(`${found} findings`);
process.exit(found === 0 ? 0 : 1);
