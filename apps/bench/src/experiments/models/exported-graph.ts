import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startPython } from '../peers/python-process.ts';
import type { Python } from './input.ts';

/** The checkpoint's graph as torch exports it to ONNX, beside its weights; it is made where it is not there. */
export async function exportedGraph({ python, script }: Python, folder: string): Promise<string> {
  const graph = join(folder, 'encoder.onnx');
  if (existsSync(graph)) return graph;
  const aside = `${graph}.${process.pid}`;
  const torch = startPython(python, script, { folder, graph: aside });
  try {
    await torch.answer();
    renameSync(aside, graph);
  } finally {
    torch.close();
    rmSync(aside, { force: true });
  }
  return graph;
}
