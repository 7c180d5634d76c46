import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the site as it is published. */
export async function setup(): Promise<void> {
  await build({ root: fileURLToPath(new URL('../..', import.meta.url)), logLevel: 'warn' });
}
