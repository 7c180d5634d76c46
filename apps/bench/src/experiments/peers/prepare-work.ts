import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { register } from '@longspan/wasm-backend';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { checkRows } from '../../cases/row-check.ts';
import { startBackend } from '../../cases/start-backend.ts';
import type { Reporter } from '../../work.ts';
import type { PointProgress } from '../experiment.ts';
import { npmPackages, type PeerFigures, pythonPackages, sizes, type Where } from './input.ts';
import {
  attend,
  attentionInputs,
  encoderInputs,
  encoderLayer,
  longformer,
  longformerGradients,
  longformerInputs,
  type Named,
  tensorsOf,
} from './own-layers.ts';
import { type Arrays, writeArrays } from './tensor-file.ts';
import { ownPython } from './torch-work.ts';
import { files } from './works.ts';

const execute = promisify(execFile);

/** Installs the peers into their own folder, and writes the inputs and our answers, which every peer's answer is held against. */
export async function prepare(input: Where & { readonly python?: string }, reporter: Reporter<PointProgress>): Promise<PeerFigures> {
  const say = (done: number, label: string): Promise<void> => reporter.progress({ done, label });
  mkdirSync(input.folder, { recursive: true });
  await say(0, 'installing the npm packages');
  await installPackages(input.folder);
  await say(0.3, 'looking for Python');
  const python = await findPython(input);
  await say(0.6, 'writing inputs and our answers');
  await startBackend('wasm', 'stock');
  const registration = await register({ threads: 1 });
  await writeAnswers(input);
  registration.unregister();
  return { timings: {}, versions: [python] };
}

async function installPackages(folder: string): Promise<void> {
  const isThere = Object.entries(npmPackages).every(([name, version]) => {
    const path = join(folder, 'node_modules', name, 'package.json');
    return existsSync(path) && (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version === version;
  });
  if (isThere) return;
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ name: 'peers', private: true, dependencies: npmPackages }, undefined, 2)}\n`,
  );
  // Without scripts: onnxruntime-node's would fetch CUDA; what runs on the CPU is in the package.
  const options = { cwd: folder, shell: process.platform === 'win32' };
  await execute('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact'], options);
}

/** The Python that will run, in words; why there is none where there is none, which the points of PyTorch say again. */
async function findPython({ folder, python }: { readonly folder: string; readonly python?: string }): Promise<string> {
  if (python !== undefined) return `Python at ${python}`;
  const own = ownPython(folder);
  try {
    if (!existsSync(own)) await execute(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', join(folder, 'venv')]);
    // The CPU build is preferred where it can be reached: it is a tenth as large.
    const from = ['--extra-index-url', 'https://download.pytorch.org/whl/cpu'];
    await execute(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...from, ...pythonPackages]);
    return `Python in ${join(folder, 'venv')}`;
  } catch (error) {
    return `no Python: ${error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error)}`;
  }
}

async function writeAnswers({ folder, lengths, seed }: Where): Promise<void> {
  const { heads, headDim, left } = sizes;
  for (const n of lengths) {
    const inputs = attentionInputs(n, seed);
    const answers = await answersOf(inputs, (tensors) => ({ out: attend(tensors) }));
    const array = (name: string): Float32Array => inputs[name]?.values ?? new Float32Array(0);
    checkRows(answers['out']?.values ?? [], { q: array('q'), k: array('k'), v: array('v'), n, heads, headDim, left }, seed);
    writeArrays(folder, files.attention(n), { ...inputs, ...answers });

    const layerInputs = longformerInputs(n, seed);
    const layerAnswers = await answersOf(layerInputs, (tensors) => {
      const [dhidden, ...rest] = longformerGradients(tensors);
      dispose(rest);
      return { out: longformer(tensors), dhidden: dhidden as Tensor };
    });
    writeArrays(folder, files.longformer(n), { ...layerInputs, ...layerAnswers });
  }
  const inputs = encoderInputs(seed);
  writeArrays(folder, files.encoder, { ...inputs, ...(await answersOf(inputs, (tensors) => ({ out: encoderLayer(tensors) }))) });
}

async function answersOf(inputs: Arrays, run: (tensors: Named) => Named): Promise<Arrays> {
  const tensors = tensorsOf(inputs);
  const results = run(tensors);
  const answers: [string, Arrays[string]][] = [];
  for (const [name, tensor] of Object.entries(results)) {
    answers.push([name, { shape: tensor.shape, values: (await tensor.data()) as Float32Array }]);
  }
  dispose([tensors, results]);
  return Object.fromEntries(answers);
}
