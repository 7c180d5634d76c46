import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the reference's tokenizers lie. */
export const golden: string = fileURLToPath(new URL('../../../../tooling/golden/', import.meta.url));

export const jsonAt = (path: string): Record<string, unknown> => JSON.parse(readFileSync(`${golden}${path}`, 'utf8'));

export const bytesAt = (path: string): Uint8Array => readFileSync(`${golden}${path}`);
