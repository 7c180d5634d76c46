import { readFile } from 'node:fs/promises';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openChromium } from '@longspan/tooling/chromium';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const folder = fileURLToPath(new URL('../../dist', import.meta.url));
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** The two headers that make a page cross-origin isolated. */
export const isolating: OutgoingHttpHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

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
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const file = pathname === path ? 'index.html' : normalize(pathname.replace(path, ''));
    try {
      const content = await readFile(join(folder, file));
      response.writeHead(200, { ...headers, 'Content-Type': types[extname(file)] ?? 'application/octet-stream' }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await openChromium(['--no-sandbox', ...args]);
  return {
    url: `${origin}${path}`,
    browser,
    visit: async (hash = '', options = {}) => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const [said, foreign]: [string[], string[]] = [[], []];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type()) && !message.text().includes('blocked by Playwright'))
          said.push(`${message.type()}: ${message.text()}`);
      });
      page.on('pageerror', (error) => said.push(`error: ${error.stack ?? error.message}`));
      context.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(`${origin}/`) && !/^(blob|data):/.test(url)) foreign.push(url);
      });
      await page.goto(`${origin}${path}${hash}`);
      return { page, said, foreign };
    },
    close: async () => {
      await browser.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
