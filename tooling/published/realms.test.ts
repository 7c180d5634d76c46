import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publishedPackages } from './packages.ts';
import { sourceFiles } from './source-files.ts';

/** Built-in classes: of another realm (a frame, a sandbox of a test runner, `node:vm`) their objects are no instances of ours. */
const builtIn =
  /\binstanceof\s+(?:globalThis\.)?(?:Array|ArrayBuffer|SharedArrayBuffer|DataView|(?:Big)?(?:Ui|I)nt\d+(?:Clamped)?Array|Float\d+Array|Map|Set|WeakMap|Date|RegExp|Promise|Blob|File|Response|ReadableStream|\w*Error(?<!(?:Explained|Checkpoint|Config|Shape|File|NoKernel|HeapFull|MemoryFull)Error)|WebAssembly\.\w+|Object|Function)\b/;

it('no published source asks for an instance of a built-in class, but by typeName or a property', () => {
  const found = publishedPackages.flatMap((published) =>
    sourceFiles(published).flatMap((file) =>
      readFileSync(join(published.folder, file), 'utf8')
        .split('\n')
        .filter((line) => builtIn.test(line))
        .map((line) => `${published.name}/${file}: ${line.trim()}`),
    ),
  );
  expect(found).toEqual([]);
});

it.each(['x instanceof Float32Array', 'x instanceof TypeError', 'm instanceof WebAssembly.Memory', 'b instanceof ArrayBuffer'])(
  'finds %s',
  (line) => expect(builtIn.test(line)).toBe(true),
);
it.each(['e instanceof ConfigError', 'x instanceof Tensor', 'e instanceof PoolFailure', 'e instanceof SharedMemoryFullError'])(
  'leaves %s alone',
  (line) => expect(builtIn.test(line)).toBe(false),
);
