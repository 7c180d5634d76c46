import type { Reporter } from '../../process/work.ts';
import { measureGraph } from './graph-work.ts';
import { measureIndex } from './index-work.ts';
import { serveIndexer } from './indexer-work.ts';
import type { DocumentsFigures, DocumentsInput } from './input.ts';
import { runTokenize } from './tokenize-work.ts';

/** The work of a point. */
export function runDocuments(input: DocumentsInput, reporter: Reporter): Promise<DocumentsFigures> {
  if (input.kind === 'tokenize') return runTokenize(input, reporter);
  if (input.kind === 'indexer') return serveIndexer(input, reporter);
  return input.kind === 'graph' ? measureGraph(input, reporter) : measureIndex(input, reporter);
}
