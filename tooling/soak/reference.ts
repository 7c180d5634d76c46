import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Numbers } from './numbers.ts';

export interface Question {
  readonly seed: number;
  readonly at: number;
}

export type Answer = { readonly numbers: Numbers } | { readonly error: string };

export interface Reference {
  /** What that call must give. One question at a time. */
  expected(at: number): Promise<Numbers>;
  close(): void;
}

/** Asks another process, in which no kernel of ours takes part, and whose memory is not measured. */
export function openReference(seed: number): Reference {
  const child = fork(fileURLToPath(new URL('./reference-process.ts', import.meta.url)), { serialization: 'advanced' });
  return {
    async expected(at) {
      child.send({ seed, at } satisfies Question);
      const died = new AbortController();
      const end = (code: number | null): void => died.abort(new Error(`the process of the reference ended with ${code}`));
      child.once('exit', end);
      try {
        const [answer] = (await once(child, 'message', { signal: died.signal })) as [Answer];
        if ('error' in answer) throw new Error(`the reference: ${answer.error}`);
        return answer.numbers;
      } finally {
        child.off('exit', end);
      }
    },
    close: () => child.disconnect(),
  };
}
