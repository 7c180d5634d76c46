import { hubFiles } from '../../src/hub/hub-files.ts';
import { hashOf } from './loading.ts';

// A process of its own that loads one file and says the hash of what it got.
const [endpoint, cache, name] = process.argv.slice(2) as [string, string, string];
const files = await hubFiles('org/tiny', { endpoint, cache });
process.stdout.write((await hashOf(await files.open(name))) ?? 'none');
