import { type DocumentIndex, indexFile, openIndex, type TextModel } from '@longspan/models/documents';
import { encoderFolder } from './encoder-files.ts';

const cacheName = 'longspan-indexes';

/** How vectors are made, besides the weights: written anew where encoder.ts or the windows change. */
const recipe = 'int8-map-tanh-128';

/** Where the index of a sample lies, by its text: another text, or another model, has another place. */
async function addressOf(site: string, id: string, text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const hex = Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return new URL(`${encoderFolder}indexes/${recipe}/${id}-${hex}`, site).href;
}

/** The index of a sample that an earlier visit has made. A person's own texts are kept nowhere. */
export async function keptIndex(site: string, id: string, text: string, model: TextModel): Promise<DocumentIndex | undefined> {
  try {
    const found = await (await caches.open(cacheName)).match(await addressOf(site, id, text));
    return found === undefined ? undefined : openIndex(await found.arrayBuffer(), model);
  } catch {
    return undefined; // no cache here, or a damaged file: the text is read again
  }
}

/** Keeps an index for later visits, where there is room for it. */
export async function keepIndex(site: string, id: string, index: DocumentIndex): Promise<void> {
  try {
    await (await caches.open(cacheName)).put(await addressOf(site, id, index.text), new Response(indexFile(index)));
  } catch {
    // The text is then read again at the next visit.
  }
}
