import type { Browser } from 'playwright-core';

/** What `program/main.js` writes into its page. */
export interface Results {
  readonly means: readonly number[];
  /** The largest difference from the dense definition on tfjs's cpu backend: of the output, and of the gradients of q, k and v. */
  readonly errors: readonly number[];
  /** The largest number of each of them. */
  readonly sizes: readonly number[];
  readonly instructions: string;
  readonly threads: number;
  readonly threadsReason: string | null;
  /** What `explain` says of that call. */
  readonly reason: string;
  readonly isolated: boolean;
  /** The scripts that `register()` had the page load. */
  readonly loaded: readonly string[];
}

export interface Visit {
  readonly results: Results;
  /** What the page wrote to its console, without what is for debugging, and errors that nobody caught. */
  readonly said: readonly string[];
  /** Seconds of processor time that the page took in one second after its work was done. */
  readonly idleSeconds: number;
}

/** Opens the page, waits for its results and watches it sleep for a second. */
export async function visit(browser: Browser, url: string): Promise<Visit> {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'debug') said.push(`${message.type()}: ${message.text()}`); // Vite's development server greets
  });
  page.on('pageerror', (error) => said.push(`error: ${error.stack ?? error.message}`));
  try {
    await page.goto(url);
    const text = await page
      .locator('#results:not(:empty)')
      .textContent({ timeout: 30_000 })
      .catch((error) => {
        throw new Error(`The page gave no results; its console: ${said.join('\n') || 'empty'}`, { cause: error });
      });
    const results = JSON.parse(text ?? '') as Results & { readonly error?: string };
    if (results.error !== undefined) throw new Error(`${results.error}\nThe page's console: ${said.join('\n') || 'empty'}`);
    const before = await processorSeconds(browser);
    await page.waitForTimeout(1000);
    return { results, said, idleSeconds: (await processorSeconds(browser)) - before };
  } finally {
    await page.close();
  }
}

/** What the processes of all pages took since they were started; workers are threads in them. */
async function processorSeconds(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}
