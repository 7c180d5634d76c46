import { stdout } from 'node:process';

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/**
 * Shows one line for a piece of work: its name, how far it is, and how long it took.
 * On a terminal the line is rewritten; elsewhere a word is added every few seconds, so that a log shows life.
 */
export async function withProgress(label, work) {
  const since = Date.now();
  let state = '';
  let shown = '';
  stdout.write(`${label} ... `);
  const tick = setInterval(
    () => {
      const text = state || seconds(since);
      if (stdout.isTTY) stdout.write(`\r\x1b[K${label} ... ${text} (${seconds(since)}) `);
      else if (text !== shown) stdout.write(`${text} ... `);
      shown = text;
    },
    stdout.isTTY ? 250 : 5000,
  );
  const end = (word) => {
    clearInterval(tick);
    if (stdout.isTTY) stdout.write(`\r\x1b[K${label} ... `);
    stdout.write(`${word}\n`);
  };
  try {
    const result = await work((text) => {
      state = text;
    });
    end(result === 'skipped' ? 'already there' : `done in ${seconds(since)}`);
    return result;
  } catch (error) {
    end(error.name === 'Interrupted' ? 'stopped' : 'failed');
    throw error;
  }
}
