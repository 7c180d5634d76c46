import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { base, type PeerFigures, sizes, threads, type Where } from './input.ts';

/** The interpreter of the environment that `prepare` makes. */
export const ownPython = (folder: string): string =>
  join(folder, 'venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

interface TorchInput extends Where {
  readonly python?: string;
  readonly script: string;
  readonly runSeconds: number;
}

/** PyTorch's side, by a script of ours in Python. */
export async function measureTorch({ python, script, folder, lengths, runSeconds }: TorchInput): Promise<PeerFigures> {
  const interpreter = python ?? ownPython(folder);
  if (!existsSync(interpreter)) throw new Error(`there is no Python at ${interpreter}: give one with torch and transformers by --python`);
  const asked = JSON.stringify({ folder, lengths, threads, runSeconds, ...sizes, base });
  // The script ends when its input does, so it cannot outlive this process.
  const child = spawn(interpreter, [script, asked], { stdio: ['pipe', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err = (err + text).slice(-4000);
  });
  const code = await new Promise<number | null>((ended, failed) => child.on('error', failed).on('close', ended));
  const last = out.trim().split('\n').at(-1) ?? '';
  if (code !== 0 || !last.startsWith('{')) throw new Error(err.trim().split('\n').at(-1) || `Python ended with code ${code}`);
  return JSON.parse(last) as PeerFigures;
}
