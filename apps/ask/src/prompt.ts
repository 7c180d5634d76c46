import { createInterface } from 'node:readline';

/**
 * Takes questions from a terminal, one a line, and hands each on. Ends where the user says so: by an empty line, by the end of the input, or by
 * Ctrl-C, which also stops the search at work.
 */
export async function promptLoop(
  answer: (question: string, signal: AbortSignal) => Promise<void>,
  {
    input,
    output,
    signal,
  }: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream; readonly signal: AbortSignal },
): Promise<void> {
  const lines = createInterface({ input, output, prompt: '? ' });
  const stop = new AbortController();
  const end = (): void => {
    stop.abort();
    lines.close();
  };
  lines.on('SIGINT', end);
  lines.on('close', () => stop.abort());
  signal.addEventListener('abort', end, { once: true });
  try {
    lines.prompt();
    for await (const line of lines) {
      if (line.trim() === '') break;
      await answer(line.trim(), stop.signal);
      lines.prompt();
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', end);
    lines.close();
  }
  signal.throwIfAborted();
}
