// `node build.mjs simd128|relaxed-simd`: compiles arithmetic.ts for that instruction set and prints where the binary lies. What was made
// from the same sources is taken as it is.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const features = { simd128: ['simd'], 'relaxed-simd': ['simd', 'relaxed-simd'] };
const sources = ['apps/bench/assembly/arithmetic.ts', 'packages/wasm-backend/assembly/math/tile.ts'];
sources.push('packages/wasm-backend/assembly/math/multiply-add.ts');

const [instructions] = process.argv.slice(2);
const hash = createHash('sha256');
for (const file of [...sources, 'apps/bench/assembly/build.mjs', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, file)));
const folder = join(root, 'apps/bench/node_modules/.cache');
const binary = join(folder, `arithmetic-${instructions}-${hash.digest('hex').slice(0, 16)}.wasm`);

if (!existsSync(binary)) {
  const { default: asc } = await import('assemblyscript/asc'); // only here: what is up to date needs no compiler
  const files = {};
  const options = [
    '-O3',
    '--runtime',
    'stub',
    '--noAssert',
    '--initialMemory',
    '1',
    ...features[instructions].flatMap((name) => ['--enable', name]),
  ];
  const { error, stderr } = await asc.main([sources[0], ...options, '-o', 'arithmetic.wasm', '-t', 'arithmetic.wat'], {
    readFile: (name) => (existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : null),
    listFiles: (name) => (existsSync(join(root, name)) ? readdirSync(join(root, name)) : []),
    writeFile: (name, content) => {
      files[name] = content;
    },
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  // The memory must be all zeros: what is computed over stays a normal number.
  const data = /^.*\(data.*$/m.exec(files['arithmetic.wat']);
  if (data) throw new Error(`There must be no static data, but the binary has:\n${data[0].slice(0, 200)}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${binary}.${process.pid}`, files['arithmetic.wasm']);
  renameSync(`${binary}.${process.pid}`, binary);
}
process.stdout.write(binary);
