import { startDawn } from '@longspan/tooling/webgpu';

await startDawn();
const { env } = await import('@tensorflow/tfjs-core');
await import('@tensorflow/tfjs-backend-webgpu'); // its flags
env().set('WEBGPU_CPU_FORWARD', false); // else operations on fewer than 1,000 numbers run on the CPU
