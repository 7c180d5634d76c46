import type { Instructions, Registration } from '@longspan/wasm-backend';
import { startLongspan } from '../../process/start-backend.ts';
import { threads } from '../peers/input.ts';

/** Our kernels on as many threads as all sides have. @throws Error where there are fewer: the ratio would say nothing */
export async function startOnThreads(instructions: Instructions | undefined): Promise<Registration> {
  const registration = await startLongspan({ threads, ...(instructions && { instructions }) });
  if (registration.threads !== threads) throw new Error(`Longspan has ${registration.threads} threads: ${registration.threadsReason}`);
  return registration;
}
