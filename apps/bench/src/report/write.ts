import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from '../results.ts';
import { html } from './html.ts';
import { resultsJson } from './json.ts';
import { markdown } from './markdown.ts';

export interface ReportFiles {
  readonly html: string;
  readonly json: string;
  readonly markdown: string;
}

export function reportFiles(folder: string): ReportFiles {
  return { html: join(folder, 'report.html'), json: join(folder, 'results.json'), markdown: join(folder, 'results.md') };
}

/** Writes the three files, each aside and then renamed, so that whoever looks always finds a whole one. */
export function writeReport(folder: string, results: Results): ReportFiles {
  mkdirSync(folder, { recursive: true });
  const files = reportFiles(folder);
  const replace = (path: string, text: string): void => {
    writeFileSync(`${path}.part`, text);
    renameSync(`${path}.part`, path);
  };
  replace(files.json, resultsJson(results)); // first: what --resume needs
  replace(files.html, html(results));
  replace(files.markdown, markdown(results));
  return files;
}
