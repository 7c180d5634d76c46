import type { OutgoingHttpHeaders } from 'node:http';
import { fileURLToPath } from 'node:url';
import { isolating, openChromium, serve } from '@longspan/tooling/chromium';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const folder = fileURLToPath(new URL('../../dist', import.meta.url));

export interface Site {
  /** The address of the page, in a folder of its host. */
  readonly url: string;
  readonly browser: Browser;
  /** A page of a visitor of its own. What it says to its console, and what it asks of other origins, is kept. */
  visit(hash?: string, options?: BrowserContextOptions): Promise<Visited>;
  close(): Promise<void>;
}

export interface Visited {
  readonly page: Page;
  /** Errors and warnings of the console, and errors that nobody caught. */
  readonly said: readonly string[];
  /** Addresses beyond the site that were asked for. There must be none. */
  readonly foreign: readonly string[];
}

const path = '/some/folder/';

/** Serves the built site from a folder of a host, and opens a browser. */
export async function openSite({
  headers = isolating,
  args = [],
}: {
  readonly headers?: OutgoingHttpHeaders;
  readonly args?: readonly string[];
} = {}): Promise<Site> {
  const served = await serve(folder, headers, path);
  const { origin } = new URL(served.url);
  const browser = await openChromium(['--no-sandbox', ...args]);
  return {
    url: served.url,
    browser,
    visit: async (hash = '', options = {}) => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const [said, foreign]: [string[], string[]] = [[], []];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type()) && !message.text().includes('blocked by Playwright'))
          said.push(`${message.type()}: ${message.text()}`);
      });
      page.on('pageerror', (error) => said.push(`error: ${error.stack || error.message}`));
      context.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(`${origin}/`) && !/^(blob|data):/.test(url)) foreign.push(url);
      });
      await page.goto(`${served.url}${hash}`);
      return { page, said, foreign };
    },
    close: async () => {
      await browser.close();
      await served.close();
    },
  };
}
