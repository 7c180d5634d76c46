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

/** What came after ES2022, or after Chrome 93: a browser of that age has none of it. */
function takeAwayNewMethods(): void {
  const lists = ['with', 'toSorted', 'toReversed', 'toSpliced', 'findLast', 'findLastIndex'];
  const missing: readonly (readonly [object, readonly string[]])[] = [
    [Array.prototype, lists],
    [Object.getPrototypeOf(Uint8Array.prototype), lists],
    [Array, ['fromAsync']],
    [Object, ['groupBy']],
    [Map, ['groupBy']],
    [Promise, ['withResolvers', 'try']],
    [String.prototype, ['isWellFormed', 'toWellFormed']],
    [Set.prototype, ['union', 'intersection', 'difference', 'symmetricDifference', 'isSubsetOf', 'isSupersetOf', 'isDisjointFrom']],
    [ArrayBuffer.prototype, ['transfer', 'transferToFixedLength', 'resize']],
    [Uint8Array, ['fromBase64', 'fromHex']],
    [globalThis, ['structuredClone', 'Iterator']],
  ];
  for (const [owner, names] of missing) for (const name of names) Reflect.deleteProperty(owner, name);
}

/**
 * Opens the page, waits for its results and watches it sleep for a second.
 * @param isOld without the methods that the oldest browsers have not that we support
 * @param patience how long the page may take, ms
 */
export async function visit(
  browser: Browser,
  url: string,
  { isOld = false, patience = 30_000 }: { readonly isOld?: boolean; readonly patience?: number } = {},
): Promise<Visit> {
  const page = await browser.newPage();
  if (isOld) await page.addInitScript(takeAwayNewMethods);
  const said: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'debug') said.push(`${message.type()}: ${message.text()}`); // Vite's development server greets
  });
  page.on('pageerror', (error) => said.push(`error: ${error.stack ?? error.message}`));
  try {
    await page.goto(url);
    const text = await page
      .locator('#results:not(:empty)')
      .textContent({ timeout: patience })
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
