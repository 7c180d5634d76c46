export { kindOf } from './file-kind.ts';
export { readTextFile, type TextFileOptions } from './read-text-file.ts';
