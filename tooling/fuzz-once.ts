import { withBackend } from './expect/backends.ts';
import { fuzz } from './fuzz/fuzz.ts';
import { mutatedCheckpoints } from './fuzz/checkpoints.ts';
await withBackend('cpu');
const start = Date.now();
const { tried, findings } = await fuzz({ families: [mutatedCheckpoints], seed: Number(process.argv[2] ?? 7), inputs: Number(process.argv[3] ?? 300), isGoingOn: () => false });
console.log(tried, Date.now() - start, 'ms'); console.log(findings);
