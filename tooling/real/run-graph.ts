import { writeFile } from 'node:fs/promises';
import { startBackend } from '../parity/backend.ts';
import { graphVectors } from './sentence-encoder.ts';

// A process of its own, on tfjs's cpu backend: the folder of the model, and the file that its vectors go into.
const [folder, file] = process.argv.slice(2) as [string, string];
await startBackend('cpu');
await writeFile(file, JSON.stringify(await graphVectors(folder)));
