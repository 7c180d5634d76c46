import { join } from 'node:path';
import type { Results } from '../experiments/book/results.ts';
import { html } from './html.ts';
import { resultsJson } from './json.ts';
import { markdown } from './markdown.ts';
import { replaceFile } from './replace-file.ts';

/** The paths, or the texts, of a report's three forms. */
export interface ReportFiles {
  readonly html: string;
  readonly json: string;
  readonly markdown: string;
}

export function reportFiles(folder: string): ReportFiles {
  return { html: join(folder, 'report.html'), json: join(folder, 'results.json'), markdown: join(folder, 'results.md') };
}

/** Writes the three files of a report from their texts, what --resume needs first. */
export function writeReportFiles(folder: string, texts: ReportFiles): ReportFiles {
  const files = reportFiles(folder);
  for (const form of ['json', 'html', 'markdown'] as const) replaceFile(files[form], texts[form]);
  return files;
}

/** Writes the main job's report. */
export function writeReport(folder: string, results: Results): ReportFiles {
  return writeReportFiles(folder, { json: resultsJson(results), html: html(results), markdown: markdown(results) });
}
