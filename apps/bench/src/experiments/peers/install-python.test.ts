import { expect, it } from 'vitest';
import { narrate } from './install-python.ts';

it("says of pip's lines what is downloaded, how large it is and what came before it, and when it unpacks", () => {
  const said: string[] = [];
  const hear = narrate((label) => said.push(label));
  for (const line of [
    'Collecting torch==2.15.0',
    '  Downloading torch-2.15.0-cp311-cp311-manylinux_2_28_x86_64.whl (526.1 MB)',
    'Collecting nvidia-cublas==13.4.1.3',
    '  Using cached nvidia_cublas-13.4.1.3-py3-none-manylinux_2_27_x86_64.whl.metadata (1.7 kB)',
    'Downloading https://files.example/packages/nvidia_cublas-13.4.1.3-py3-none-manylinux_2_27_x86_64.whl (404.9 MB)',
    'Requirement already satisfied: pip',
    'Installing collected packages: nvidia-cublas, torch',
  ])
    hear(line);
  expect(said).toEqual([
    'downloading torch, 526 MB',
    'downloading nvidia_cublas, 1.70 kB, after 526 MB',
    'downloading nvidia_cublas, 405 MB, after 526 MB',
    'unpacking 931 MB',
  ]);
});
