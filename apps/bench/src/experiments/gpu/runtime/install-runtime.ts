import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../../../process/install-packages.ts';
import { workspaceRoot } from '../../../run/source-hash.ts';
import type { AttentionSize } from '../../kernels/input.ts';
import { packagesOf } from '../../peers/input.ts';
import { installed } from '../../peers/installed.ts';
import type { OnnxProto } from '../../peers/onnx-graph.ts';
import { type RuntimeWork, runtimeWorks } from '../input.ts';
import { sizesOf } from '../sizes.ts';
import { attentionGraph } from './attention-graph.ts';

const library = 'onnxruntime-web';

/** In the archive the library lies beside the programs, with its graphs; a checkout installs it with the other peers. */
const beside = fileURLToPath(new URL('.', import.meta.url));
export const runtimeFolder: string = existsSync(join(beside, 'node_modules', library)) ? beside : join(workspaceRoot, 'apps/bench/.peers');

const graphName = ({ n, heads, headDim, left }: AttentionSize, { pattern, precision }: RuntimeWork): string =>
  `${pattern.replace(' ', '-')}-${n}-${heads}-${headDim}-${left}-${precision}.onnx`;

/** Where the graph of that size lies. */
export const graphPath = (folder: string, size: AttentionSize, work: RuntimeWork): string => join(folder, 'graphs', graphName(size, work));

const graphs = [true, false].flatMap((full) => {
  const { window } = sizesOf({ full });
  return runtimeWorks.map((work) => ({ window, work, name: graphName(window, work) }));
});

/** The files of the folder `graphs`. */
export const graphNames: readonly string[] = graphs.map(({ name }) => name);

/**
 * Installs onnxruntime-web unless it is there in its version, and writes its graphs; the archive has both.
 * @throws Error where npm cannot
 */
export async function installRuntime(folder: string): Promise<void> {
  if (folder === beside) return;
  await installPackages(folder, packagesOf[library]);
  mkdirSync(join(folder, 'graphs'), { recursive: true });
  const proto = installed(folder, 'onnx-proto') as OnnxProto;
  for (const { window, work, name } of graphs) writeFileSync(join(folder, 'graphs', name), attentionGraph(proto, window, work));
}

/** The files of the library that run on WebGPU, within its package. */
export const runtimeFiles = [
  'package.json',
  'dist/ort.webgpu.bundle.min.mjs',
  'dist/ort-wasm-simd-threaded.asyncify.mjs',
  'dist/ort-wasm-simd-threaded.asyncify.wasm',
] as const;

/** The version that is installed by {@link installRuntime}. */
export const runtimeVersion = `${library} ${packagesOf[library][library]}`;

/** What a program loads the library by. */
export const runtimeModule = (folder: string): string => join(folder, 'node_modules', library, 'dist', 'ort.webgpu.bundle.min.mjs');
