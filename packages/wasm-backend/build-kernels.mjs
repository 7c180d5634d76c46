// `pnpm --filter @longspan/wasm-backend build:kernels`: compiles assembly/ to WebAssembly, once for each instruction set, and
// writes the binaries as TypeScript into src/generated. Does nothing where they are made from the same sources already.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const generated = join(folder, 'src/generated');

/** The instruction sets, as asc's features; the code asks for ASC_FEATURE_RELAXED_SIMD. */
const builds = { simd128: ['simd'], 'relaxed-simd': ['simd', 'relaxed-simd'] };

const options = [
  ...['-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--noExportMemory'],
  // tfjs's memory, shared or not, declares this maximum (4 GiB), and an import has to declare one that is not smaller.
  ...['--maximumMemory', '65536'],
];

function fingerprint() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(folder, 'assembly'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  for (const file of sources.map((name) => name.replaceAll('\\', '/')).sort()) {
    hash.update(`${file}\n`).update(readFileSync(join(folder, 'assembly', file)));
  }
  for (const file of ['build-kernels.mjs', 'package.json', '../../pnpm-workspace.yaml']) hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex');
}

async function compile(features) {
  const { default: asc } = await import('assemblyscript/asc'); // only here: what is up to date needs no compiler
  const files = {};
  const enable = features.flatMap((feature) => ['--enable', feature]);
  const { error, stderr } = await asc.main(['assembly/index.ts', ...options, ...enable, '-o', 'kernels.wasm', '-t', 'kernels.wat'], {
    readFile: (name, base) => (existsSync(join(base, name)) ? readFileSync(join(base, name), 'utf8') : null),
    listFiles: (name, base) => (existsSync(join(base, name)) ? readdirSync(join(base, name)) : []),
    writeFile: (name, content) => {
      files[name] = content;
    },
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  const data = /^.*\(data.*$/m.exec(files['kernels.wat']);
  if (data) throw new Error(`Static data would be written over tfjs's own, but the binary has:\n${data[0].slice(0, 200)}`);
  return Buffer.from(files['kernels.wasm']);
}

const head = `// Made by build-kernels.mjs from ${fingerprint()}`;
const file = (name) => join(generated, `${name}.ts`);
const isCurrent = (name) => existsSync(file(name)) && readFileSync(file(name), 'utf8').startsWith(head);

process.chdir(folder);
if (Object.keys(builds).every(isCurrent)) {
  console.log('kernels: up to date');
} else {
  mkdirSync(generated, { recursive: true });
  for (const [name, features] of Object.entries(builds)) {
    const binary = await compile(features);
    const text = `${head}\n/** The kernels for ${name}, a WebAssembly binary in base64. */\nexport const binary: string =\n  '${binary.toString('base64')}';\n`;
    // In one step, so that a test that runs at the same time reads the old file or the new one.
    writeFileSync(`${file(name)}.${process.pid}`, text);
    renameSync(`${file(name)}.${process.pid}`, file(name));
    console.log(`kernels: ${name}, ${binary.length} bytes`);
  }
}
