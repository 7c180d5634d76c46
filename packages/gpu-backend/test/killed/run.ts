// A run that is killed, on webgpu with our kernels.
import { startDawn } from '@longspan/tooling/webgpu';

await startDawn();
const { trainInFolder } = await import('@longspan/tooling/killed/child');
const { registered } = await import('../registered.ts');
const [folder = '', steps = '30'] = process.argv.slice(2);
await registered();
await trainInFolder(folder, Number(steps));
process.exit(0); // Dawn keeps the process alive
