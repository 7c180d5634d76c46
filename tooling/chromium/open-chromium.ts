import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

function pathOfChromium(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const places = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const found = process.env['CHROMIUM'] ?? places.find(existsSync);
  if (found === undefined) {
    throw new Error(
      'These tests need a Chromium, and download none.\n' +
        `  expected  one of ${names.join(', ')} on PATH, or its path in CHROMIUM\n` +
        '  got       neither\n' +
        '  remedy    apt-get install chromium, or CHROMIUM=/path/to/chrome .',
    );
  }
  return found;
}

/** Starts the Chromium of this machine. @param args its switches, beside those of every test */
export const openChromium = (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: pathOfChromium(), args: [...args] });
